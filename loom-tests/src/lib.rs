//! What the models of the loom world share.
