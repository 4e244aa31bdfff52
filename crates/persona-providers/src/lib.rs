//! persona-providers.
