"""The gateway: sockets, HTTP, logins, chat services. It decides nothing about chats or work."""
