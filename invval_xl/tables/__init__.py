"""Sheet contracts: what a worksheet must hold, and the one border where it is checked."""
