//! The outside world for real: clock, randomness and folders, implementing what ims-app asks for.
