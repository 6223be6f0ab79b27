package payment

func save() {}
