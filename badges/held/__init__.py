"""A badge after it was issued: who may do what to it, taking it back, giving it out anew, and telling how it stands."""
