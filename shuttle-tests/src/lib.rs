//! What the models of the shuttle world share.
