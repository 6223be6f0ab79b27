package registers

// name is one name or place in the two scripts of the civil status.
type name struct{ ar, fr string }

var men = []name{
	{"محمد", "Mohamed"},
	{"أحمد", "Ahmed"},
	{"يوسف", "Youssef"},
	{"عمر", "Omar"},
	{"إدريس", "Driss"},
	{"حسن", "Hassan"},
	{"سعيد", "Said"},
	{"عبد الله", "Abdellah"},
	{"كريم", "Karim"},
	{"مصطفى", "Mustapha"},
	{"إبراهيم", "Brahim"},
	{"الحسين", "Lhoussaine"},
	{"رشيد", "Rachid"},
	{"نبيل", "Nabil"},
	{"أيوب", "Ayoub"},
	{"المهدي", "El Mehdi"},
	{"عبد الرحيم", "Abderrahim"},
	{"طارق", "Tarik"},
}

var women = []name{
	{"فاطمة", "Fatima"},
	{"خديجة", "Khadija"},
	{"عائشة", "Aicha"},
	{"مريم", "Meryem"},
	{"زينب", "Zineb"},
	{"سلمى", "Salma"},
	{"نادية", "Nadia"},
	{"حليمة", "Halima"},
	{"رجاء", "Rajae"},
	{"هند", "Hind"},
	{"إيمان", "Imane"},
	{"أمينة", "Amina"},
	{"سناء", "Sanae"},
	{"لطيفة", "Latifa"},
	{"تلايتماس", "Tlaytmas"},
	{"فاطمة الزهراء", "Fatima Zahra"},
	{"حنان", "Hanane"},
	{"نعيمة", "Naima"},
}

var families = []name{
	{"العلوي", "Alaoui"},
	{"بنعلي", "Benali"},
	{"الإدريسي", "Idrissi"},
	{"التازي", "Tazi"},
	{"الفاسي", "Fassi"},
	{"بناني", "Bennani"},
	{"أيت حمو", "Ait Hammou"},
	{"أوبها", "Oubaha"},
	{"الشرقاوي", "Cherkaoui"},
	{"المنصوري", "Mansouri"},
	{"أمزيان", "Amziane"},
	{"بوعزة", "Bouazza"},
	{"الحداد", "El Haddad"},
	{"الصقلي", "Sqalli"},
	{"أكنسوس", "Aguensous"},
	{"الرحموني", "Rahmouni"},
	{"بلقاسم", "Belkacem"},
	{"لمغاري", "Lamghari"},
}

var places = []name{
	{"الرباط", "Rabat"},
	{"سلا", "Salé"},
	{"الدار البيضاء", "Casablanca"},
	{"فاس", "Fès"},
	{"مراكش", "Marrakech"},
	{"طنجة", "Tanger"},
	{"أكادير", "Agadir"},
	{"وجدة", "Oujda"},
	{"مكناس", "Meknès"},
	{"تطوان", "Tétouan"},
	{"العيون", "Laâyoune"},
	{"ورزازات", "Ouarzazate"},
	{"الحسيمة", "Al Hoceïma"},
	{"بني ملال", "Béni Mellal"},
	{"تيزنيت", "Tiznit"},
	{"خنيفرة", "Khénifra"},
}

// words are the coded values as the extract prints them.
var words = map[string]map[string]string{
	"F": both(name{"أنثى", "Féminin"}), "M": both(name{"ذكر", "Masculin"}),
	"single": both(name{"أعزب", "Célibataire"}), "married": both(name{"متزوج", "Marié"}),
}
