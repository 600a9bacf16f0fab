ladle diff s/seed11.keras s/seed11.weights.h5
