//! Rules about the comments that tell rules to be silent. Their findings come from the engine that reads these comments.
