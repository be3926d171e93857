package outside

// Shell reports that no shell here lets a program that stopped go on.
func Shell() bool { return false }
