ladle
