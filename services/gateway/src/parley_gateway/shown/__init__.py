"""The parts of the floors and chats that this gateway shows now."""
