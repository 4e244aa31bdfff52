//! The JSON store as files.
