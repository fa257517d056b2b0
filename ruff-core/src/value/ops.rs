//! What each operator means.
