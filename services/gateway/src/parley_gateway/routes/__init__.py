"""The public protocol over HTTP."""
