"""The pages of classes and of transcripts."""
