//! Adapters to payment providers, one module and one feature each.
