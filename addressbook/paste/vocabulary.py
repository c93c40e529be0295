"""The words of Latin addresses, in the languages that people write them in: tables, and how they are folded."""

from __future__ import annotations

import unicodedata

_ADDRESS = """
    cottage cottages lodge manor barn farmhouse
    lvl boul bureau nave pol. caddesi cad sokak sok mahallesi mah sayı naves lote quadra qd flat flats units rooms
    suites shops offices workshops room rm unit suite ste apt apartment floor fl level g/f shop stall office block
    blk tower twr house hse building bldg bld centre center mansion mansions court garden gardens estate est
    terrace villa villas residence residences plaza arcade mall square place road rd street st str avenue ave av
    avda lane ln drive dr blvd boulevard way path close crescent highway hwy pkwy parkway village tsuen chuen lot
    dd d.d. box p.o. gpo phase site warehouse factory postbus bp km carr edificio piso calle paseo rua avenida
    alameda travessa via viale piazza corso rue allée quai chemin impasse cedex résidence bât bâtiment straße
    strasse str. weg platz allee gasse gatan vägen jalan jl jln lorong lebuh lebuhraya persiaran taman kampung soi
    moo sector plot nagar marg salai chowk residency brgy barangay purok ward district polígono poligono
    industrial int. col. colonia fracc station post yard wharf pier airport gate quay mews row hill ul. aleja
    trida utca bulevardi
"""
_COMPANY = """
    ltd ltd. limited inc inc. incorporated llc llp plc co co. company corp corp. corporation gmbh ag kg ohg ug
    e.v. sa s.a. sas sarl s.a.r.l. srl s.r.l. spa s.p.a. sl s.l. slu bv b.v. nv n.v. ab as a/s aps oy oyj pty pte
    sdn bhd kk k.k. k.k ltda ltda. eireli pt cv tbk jsc doo d.o.o. sp. kft zrt s.r.o. group holdings foundation
    association society club union school university college institute academy kindergarten church hospital clinic
    pharmacy bank hotel restaurant cafe bakery studio studios workshop laboratory agency services service systems
    solutions technologies logistics trading enterprises industries manufactory works bros brothers partners
    société societe établissements ets compagnie maison cabinet garage brasserie épicerie café gasthof gasthaus
    praxis kanzlei laden buchladen metzgerei autohaus gymnasium verein fabrik praktijk stichting vereniging
    ticaret sanayi hurtownia apteka zakład antikvariat förlag forlag trattoria ristorante officina bottega tienda
    taller panadería restaurante mercearia rumah toko kedai warung batik restoran syarikat klinik sekolah apotek
    chandlery chandlers grocer grocers butcher butchers barber barbers cleaners laundry dairy creamery roasters
    coffee tea winery wines cycles bikes motorcycles camera cameras optics pianos dance yoga fitness gym surf dive
    yacht marine florist florists tailor tailors tailoring haberdashery stationery stationers hardware ceramics
    pottery salon optical jewellery jewelry jewellers watches coins stamps philatelic antiques crafts toys music
    records furniture fabrics textile textiles garments fashion apparel bindery printers printing motors autos
    repair repairs outfitters bakers bakeries brewery vineyard catering kitchen bar pub inn lounge bistro deli
    grill eatery takeaway pizzeria gelato preschool daycare playgroup tutoring tuition learning grooming cleaning
    plumbing craft beer palace wellness therapy physiotherapie diner aquariums aquarium guild mairie rathaus
    gemeinde ayuntamiento ministry embassy council vets elderly christian buddhist catholic lutheran methodist
    baptist anglican pets veterinary vet surgery dental medical physiotherapy optometry opticians consulting
    consultants property management facilities advisory associates insurance securities investments capital
    finance ventures media productions entertainment design designs architects engineering construction
    contractors interiors decoration electronics electrical computers software digital robotics instruments
    supplies distribution distributors importers exporters shipping freight forwarding express courier couriers
    freres cie verlag buchhandlung apotheke bäckerei werkstatt librairie boulangerie atelier ateliers éditions
    galerie libreria pasticceria farmacia ferreteria papelería librería livraria padaria loja boekhandel winkel
    sklep księgarnia bokhandel butik kauppa museum library gallery orchestra charity trust bureau consulate store
    shop. boutique press publishing books supply centre. centre league committee spett.le fa. firma
    solicitors lawyers barristers attorneys notaries accountants auditors surveyors brokers traders suppliers
    stockists retailers wholesalers manufacturers bicycle bicycles hire rental rentals
    fondation stiftung fundación chocolaterie sprl magazine journal monthly weekly newspaper gazette tearoom tearooms
    papeterie fromagerie pâtisserie confiserie fleuriste quincaillerie farm farms orchard ranch estates
    escola escuela école grundschule hauptschule realschule scuola skola skole koulu szkoła cooperativa società
    advogados abogados avocats rechtsanwälte registry weavers yarns holzwerkstatt werkstatt domaine
    sociedad pertubuhan yayasan persatuan pantry fund cic cio
"""
_TITLES = """
    mr mr. mrs mrs. ms ms. miss dr dr. prof prof. professor sir madam mx rev. rev herr herrn frau familie family
    mme m. mlle monsieur madame sr sr. sra sra. señor señora don doña sig. sig.ra signor signora de dhr. dhr mevr.
    mevr heer capt. hon. ir. drs. datuk mdm mdm. puan pn. encik khun bapak fröken pani fam. profa profa. assoc. asst.
"""
_ROLES = """
    manager director officer accountant engineer executive assistant secretary consultant lead ceo cfo cto coo vp svp
    evp avp md principal headmaster headmistress headteacher warden librarian matron owner occupier treasurer
    chair chairperson chairlady dean registrar curator receptionist caretaker proprietor trustee sales marketing
    professor president chairman partner solicitor lecturer teacher designer developer supervisor clerk coordinator
    leder gerente directeur directrice direttore direttrice geschäftsführer geschäftsführerin inhaber gérant
    associate administrator analyst architect founder buyer merchandiser representative specialist advisor head
"""
_DEPARTMENTS = """
    department dept dept. division div. faculty facultad faculté fakultät institut departamento département
    dipartimento ufficio reparto einkauf buchhaltung abteilung section abt. servicio serv. afdeling avdelning team
    panel
"""
_GREETINGS = """
    hi hello hey dear regards thanks tks tq thankyou plz kindly xx thx cheers sincerely rgds pls please greetings
    cordially
"""


_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"})


def plain(text: str) -> str:
    """Fold a text to small letters without marks: Ferretería and ferreteria are one."""
    folded = text.casefold().translate(_LETTERS)
    return "".join(letter for letter in unicodedata.normalize("NFD", folded) if not unicodedata.combining(letter))


def _table(words: str) -> frozenset[str]:
    return frozenset(plain(words).split())


ADDRESS, COMPANY, TITLES, ROLES, DEPARTMENTS, GREETINGS = (
    _table(words) for words in (_ADDRESS, _COMPANY, _TITLES, _ROLES, _DEPARTMENTS, _GREETINGS)
)
STREETS = _table(
    """
    road rd street str avenue ave av avda lane ln drive dr blvd boulevard way close crescent highway hwy parkway
    carr calle paseo rua avenida alameda travessa via viale corso rue allée chemin jalan jl jln lorong lebuh
    persiaran soi moo marg salai ul. ulica platz terrace row hill place square quay st st.
"""
)
INSTITUTIONS = _table(
    """
    university college school academy kindergarten institute hospital clinic church cathedral temple mosque museum
    library hotel hostel embassy consulate polytechnic seminary conservatory hospice laboratory universität
    universidad université università krankenhaus hôpital ospedale
"""
)
BODIES = INSTITUTIONS | _table(
    """
    society association club foundation council league committee bureau union federation trust studio studios
    bookshop bakery workshop pharmacy florist restaurant cafe boutique gallery robotics services solutions
    technologies trading enterprises industries logistics publishing press surveyors
"""
)
PEOPLE = _table(
    """
    williams hughes collins roberts harris davies evans adams watts burns edwards richards phillips stevens
    matthews andrews peters daniels michaels simmons simons jenkins hopkins perkins watkins hawkins wilkins
    dawkins rogers summers myers ayers sanders saunders waters walters winters masters chambers flowers powers
    bowers fleming flemming keating manning jennings cummings hastings billings browning harding golding rawlings
    fielding rowling dowling darling sterling stirling spelling hutchings giddings hemmings wareing waring fanning
    channing downing banning canning
"""
)
LEGAL = _table(
    """
    ltd limited inc incorporated llc llp plc corp corporation gmbh sarl srl bv pty pte sdn bhd ltda slu d.o.o.
    e.k. gbr ohg e.u. mbh gesmbh a/s aps oyj kft zrt s.p.a. s.a.s. sasu eurl sàrl snc s.n.c. bvba vof v.o.f. ltée
    cic cio a.c. asbl vzw fze fz-llc fzco enr k.k. b.v. s.r.l. s.l. s.a. sprl spett.le company co pt
"""
)
ABBREVIATED = _table(
    """
    boul bd pol apdo urb edif esc izq dcha sto sta ste pk jct ind kln n.t h.k dist sec ln aly ctr twr est mt ft pl
    sq cres pde tce cct cnr attn tel fax mob ph ext eng arch jr sr esq co ltd inc corp bros mevr dhr dept div mr
    mrs ms dr prof rev hon sra sig mme mlle no nr st rd ave av avda blvd bldg hwy pkwy fl rm apt jl jln brgy bât
    int ul str bhd col dto fracc spett.le cía tv th mf yth ltda
"""
)
PHRASES = {
    "best regards",
    "kind regards",
    "warm regards",
    "best wishes",
    "thank you",
    "many thanks",
    "yours sincerely",
}
PHRASES |= {"yours faithfully", "yours truly", "sent from", "contact us", "find us", "visit us", "get in"}
SURNAMES_TOO = _table(
    """
    hill lane ward house row gate street post park wood marsh banks field fields close court
"""
)
LEGAL_END = _table(
    """
    ltd limited inc llc llp plc gmbh sarl s.l s.r.l b.v ltda bhd k.k pty
"""
)
UNIT_WORDS = _table(
    """
    flat flats room rooms rm rms unit units suite suites shop shops block blk house workshop workshops ground po
    p.o gpo box apartment apt lot office tower
"""
)
SMALL = _table(
    """
    de da do dos das del della di van der den von zu binti bin al el la le y e dela delos san and & of the bte s/o
    d/o 't
"""
)
