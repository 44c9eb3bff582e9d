"""What either side of an XMPP connection needs: elements, streams, a link that is kept up."""
