"""Everything that talks to a store, a broker or another machine; errors of libraries are translated here."""
