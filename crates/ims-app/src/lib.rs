//! What a council does with its income, one deed per file: import, allocate, reconcile, export, close a day, verify.
