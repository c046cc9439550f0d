//! What a payment provider is: requests and replies as plain values, the life of a payment, and a sandbox.
