"""Web pages: notices, documents, uploads, health."""
