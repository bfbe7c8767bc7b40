"""routing's pages, rendered by the server: thin over the verbs that the JSON API calls."""
