"""The operators' side: the demonstration, and tools that read every log."""
