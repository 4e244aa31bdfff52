//! A real server, from start to nothing left.
