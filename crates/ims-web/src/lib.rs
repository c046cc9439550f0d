//! The HTTP face of the income management system: API, back office and portal as three routers.
