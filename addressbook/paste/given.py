"""Whether a Latin name is somebody's for certain: by a name that people are given, or by how Chinese names are written.

Our own table of what people are called most, in many languages. Who is not in it may be a person all the same: what is
read stays what it is, and is said to be unsure where it could be a firm's name as well.
"""

from __future__ import annotations

import re

from addressbook.paste import vocabulary, words

_GIVEN = """
    aaron abby abdallah abdul abdulaziz abdullah abdulrahman abel abena abigail ada adaeze adam adebayo adelaide adele
    adeline adi aditya adnan adolfo adrian adriana adrienne agatha agnes agnieszka agus agustin ahlam ahmad ahmed
    aidan aiden aileen ailsa aino aisha aisling aisyah akash akiko akira akua alain alan alana alasdair alba albert
    alberto albin aldo alec alejandra alejandro aleksander aleksandra alena alessandra alessandro alessia alessio alex
    alexander alexandra alexandre alexis alfie alfonso alfred alfredo ali alice alicia alina alisa alison alistair
    aliyah allan allison alma alva alvaro alvin alyssa ama amadou amal amalia amanda amani amara amaya amber ambrose
    amelia amelie amina amir amit amitabh amparo amrit amy ana anabel anais ananya anastasia anatoly anders andra
    andre andrea andreas andreea andrej andres andrew andries andrzej andy angel angela angelica angelina angelo angus
    anika anil anita anjali anke ann anna annabel annalisa annamaria anne anneke annelies anneliese annemarie annetta
    annette annie annika anong anouar anouk ansel anson anthea anthony antje antoine anton antonia antonio antti anu
    anushka anwar anya aoife aparna apirana april arabella aram arash archana archie ari ariadna ariana arianna ariel
    arjun arlene armando armin arnaud arne arnold aroha artem arthur arturo arun arvind arvo asger asha ashley ashok
    asia aspen assunta astrid atle atsushi aubrey aud audrey august augusto auke aurelie aurelien aurora autumn ava
    axel axelle ayaka ayesha aylin ayse ayu ayumi azlan azra babette bahar balazs bambang barbara barend barnaby barry
    bart bartholomew bartosz basil basma bastian bea beata beatrice beatriz bec becky belinda bella ben benedict
    benedikt benjamin bente beppe berit bernadette bernard bernardo bernd bernhard bernice bert berta bertil bertrand
    beth bethany bettina betty beverly bhavna biagio bianca bilal bill billy birgit birgitta birgitte birthe bjarne
    bjorn blake blanca blanka blessing bob bodil bogdan bogdana bohdan bonnie boris bozena brad bradley bram brandon
    branislav brecht brenda brendan brenna brian briana bridget bridie britt britta bronwyn brooke bruce bruna bruno
    bryan brynn budi burak caitlin caitriona callum calvin cameron camila camilla camille camillo candace candice
    caoimhe cara carina carl carla carlo carlos carlotta carly carmela carmelo carmen carol carole carolina caroline
    carolyn carrie carsten carys casey caspar caspian cassandra catalina catarina cate caterina cathal catherine
    cathrine cathy catrin catriona cecile cecilia cecilie cedric celeste celia celine cemal cenk cesar cesare chad
    chandler chandra chantal chantelle charlene charles charlie charlotte chaya chelsea cheng cherry cheryl chiamaka
    chiara chidi chihiro chinedu chiyo chloe chris christa christel christer christiaan christian christiane christina
    christine christoffer christoph christophe christopher christy cian ciara ciaran cilla cindy cinzia cira claire
    clara clare clarissa claude claudia claudio claus clea clement clementine cliff clifford clint clive clodagh cody
    coen colette colin colm conall conchita connie connor conor constance consuelo coral coralie corey corinna corinne
    cormac cornelia cornelis cosima costa courtney craig cristian cristiano cristina cristobal cristofer crystal
    cynthia daan dafydd dagmar dagny daiki daisuke daisy dale dalia dalila damaris damian damien damir damon dan dana
    danica daniel daniela daniele danielle danilo danny danuta daphne daphnee daria dario dariusz darragh darren
    darryl daryl dasha dave david davide davor dawn dayo dean debbie deborah declan deepa deepak delfina delia
    delphine demetrius denis denisa denise dennis denys derek desiree desmond detlef dewi dexter dian diana diane
    diarmuid diego dieter dieu dieuwke dilara dilip dimitra dimitri dimitris dina dinesh dirk divya djamila dmitri
    dmytro dolly dolores domenico domingo dominic dominik dominique don donal donald donata donatella donna dora
    doreen dorian dorien doris dorit doron dorota dorothea dorothy dorte douglas douwe dragan dries duncan dusan dwi
    dylan eamon eamonn earl ebba ebony eckhard edda eddie edgar edie edit edith edmund edna edouard eduardo edvard
    edward edwin efrain egil egon eija eiji eileen eilidh eimear einar eino eira eirik ekaterina eko elaina elaine
    elba eldon elea eleanor eleanora elena eleni eleonora elfriede eli elia eliane elias elif elin elina elio eliot
    elisa elisabeth elisabetta elise eliza elizabeth elke ella ellen ellie elliot elma eloise elsa elsbeth elsie elton
    elvira elwyn emanuele ember emeka emer emi emil emilia emilie emilio emily emma emmanuel emre enda enid ennio
    enrica enrico enrique enzo eoghan eoin erdem erhard eric erica erich erick erik erika erin erkki erling ernest
    ernesto ernst erwin esi esme esperanza esra esteban estefania estela estelle ester esther ethan etienne euan
    eugene eugenia eugenio eulalia eunice eva evan evangelia eve evelien evelina evelyn everett ewa ewald ewan ezra
    fabian fabio fabiola fabrice fabrizio fahad faisal faith faizal fanny farah farid fatima fatimah fatma fausto faye
    febe federica federico felicia felicity felipa felipe felix femke feodor ferdinand ferenc fergal fergus fernanda
    fernando fiadh fien filip filippa filippo finlay finn fintan fion fiona fiorella fitri flavia flavio fleur flora
    florence florian floris floyd folake folkert fons fouad frances francesca francesco francis francisca francisco
    francois francoise frank frans franz fraser fred frederic frederica frederick frederik frederique fredrik freya
    frida frieda friedrich fritz frode fumie fumiko gabor gabriel gabriela gabriele gabriella gaetan gaetano gail
    galina gareth garrett gary gaspard gaston gaurav gavin geert geir gemma gene genevieve gennaro geoff geoffrey
    george georges georgi georgia georgina georgios geraint gerald geraldine gerard gerben gerda gerhard gerhardt
    germain germaine geronimo gerrit gert gertrud gethin ghada ghislaine giacomo giada gianluca gianna gianni gift gil
    gilbert gilda giles gina ginette ginevra gino giordano giorgia giorgio giorgos giovanna giovanni gisela giselle
    gita gitte giulia giuliana giuliano giulio giuseppe gladys glen glenda glenn gloria glynis godelieve godfrey goran
    gordon gosia gottfried grace graeme graham grainne grazia graziella greg gregoire gregor gregorio gregory greta
    griet gro grzegorz gudrun guglielmo guido guilherme guillaume guillermo gunilla gunnar gunter gunther gustaf
    gustav gustavo guy gwen gwendolyn gwilym gyula hadi hadley hafiz hakan hakon hala halina halvard hamid hamish
    hamza hana hanako hani hanna hannah hanne hanneke hannelore hannes hans hansjorg harald hari harish harmen harold
    harper harri harrie harriet harrison harry haruka haruki haruto harvey hasan hassan haydn hayley hazel heath
    heather hector hedda hedwig hege heidi heike heini heinrich heinz heleen helen helena helene helga helge heli
    hella helle helmut hemant hemi hendra hendrik hendrika hennie henning henri henrietta henrik henry herbert herman
    hermann hermine hessel hetty hidde hideo hikmet hilary hilda hilde hildegard hina hinemoa hiroshi hisham hjalmar
    holger hollie holly hope horatio horst hortense howard howell hubert huda hugh hugo huguette hulda humberto
    hussein hylke iain ian ianto ibrahim ida idris ieva ignacio ignatius igor ikechukwu ikram ilaria ildiko ilkka
    ilona ilse ilya ilze imke imogen imran ina indah indira indra ines inese inga inge ingeborg ingmar ingo ingrid
    ingvar inmaculada ioana ioannis iolanda ion iona irena irene irfan irina iris irma irmgard isaac isabel isabela
    isabella isabelle isadora isha isla ismael ismail isobel istvan italo itziar ivan ivana ivar ivo ivy iwan iwona
    izabela jaakko jaap jacek jacinta jacinto jack jackie jacky jacob jacqueline jacques jade jadwiga jaime jaimie
    jake jakob jakub jamal james jamie jamila jan jana jane janet janice janina janine janne jannie janos jarek jari
    jarmo jaroslav jarrah jarrod jasmin jasmine jason jasper javier jay jaya jean jeanette jeanne jeannette jeannie
    jeff jeffrey jelena jelle jen jenna jennie jennifer jenny jens jeppe jeremiah jeremy jeroen jerome jerry jerzy
    jesper jess jesse jessica jessie jesus jet jette jill jim jimmy jiri jo joachim joan joana joann joanna joanne
    joao joaquin jocelyn jochem jochen jodie joe joel joelle joerg joey johan johann johanna johannah johannes john
    johnny joko jolanda jolanta jolene jon jonas jonathan jonna joop joost jordan jordi jorg jorge joris jorn jorun
    jose josef josefina joseph josephine josephus josh joshua josie josine jost jouni joy joyce jozef juan juana
    juanita judit judith judy jukka jules julia julian juliana juliane julie julien juliet juliette julio juliusz jun
    june junko jurgen jurgita jurriaan jussi justin justine justyn justyna jutta juuso jyoti kaarina kacper kadek
    kadri kai kaisa kaja kajsa kalle kalpana kamal kamil kamila kana kanya kaori karel karen karianne karim karin
    karina karl karola karolina kasia kaspar kasper katarina katarzyna kate katerina katharina katherine kathinka
    kathleen kathrin kathryn kathy katie katja katrin katrina katrine katy kavita kay kayla kaylee kaz kazuko kazuo
    kees keiko keira keiran keith kelly kelsey kelvin kemal ken kendall kenji kenneth kenta kerry kerstin ketut kevin
    khadija khaled khalid kieran kimberley kimberly kimmo kiran kirsi kirsten kirstin kirsty kishore kiyoshi kjell
    kjersti klara klaus knut kobe koen kofi koji konrad konstantin kornelia kostas kristen kristian kristin kristina
    krisztina krystyna krzysztof kumar kunal kurt kurtis kwabena kwame kyle kylie kyra lachlan laetitia laila lakshmi
    lalita lamia lara lars laszlo lata latoya laura lauren laurence laurent lauri laurie lavinia lawrence layan layla
    lea leah leandro leanne lee leena leif leila leire len lena lenka lennart leo leon leonard leonardo leonie leonor
    leonora leopold lerato leroy lesley leslie lestari leszek leticia letizia lewis leyla liam lidia lidija liesbeth
    lieselotte lieve ligia liisa lili lilian lilja lillian lilly lily lina linas linda linde lindiwe lindsay ling linh
    linn linnea lionel lisa lisbeth lise liselotte liv livia liza ljubica lloyd loes loic lola lone loreen loren
    lorena lorenz lorenzo loretta loris lorna lorraine lotta lotte louis louisa louise lourdes lubos luc luca lucas
    lucia luciana luciano lucie lucien lucille lucinda lucjan lucrezia lucy ludo ludovic ludwig luigi luis luisa luise
    lukas lukasz luke luna lutz luuk lydia lynda lynn lynne lyudmila maarit maarten maartje mabel machteld maciej mad
    maddalena made madeleine madhuri madison mads mae maeve magda magdalena maggie magnus mahesh mahmoud mahmud maike
    mairead maisie maite maja majed maki makoto malcolm malgorzata malia malika malin malou mandy manfred manish manoj
    manon manuel manuela mar mara marc marcel marcela marcella marcelo marcia marcin marco marcos marcus marek
    margaret margareta margarida margarita margaux margherita margit margot margrethe margriet marguerite mari maria
    mariam marian mariana mariangela marianna marianne maribel marie marieke marielle marija marika mariko marilena
    marilou marilyn marina marine mario marion marisa marisol marit marita marius marja marjolein marjorie mark
    marketa marko markus marlene marloes marta marte martha martin martina martine martti marvin mary maryam marzena
    masaki masako massimo matej mateo mateusz mathias mathieu mathilda mathilde mathis matias matilda matt matteo
    matthew matthias matti matyas maud maura maureen maurice mauricio mauro max maxim maxime maximilian maxine maya
    mayra mayumi meena meera megan megumi mehdi mehmet mei meike mel melanie melina melinda melissa melvin mercedes
    meredith merete merja merve mervi mette mia micaela michael michaela michail michal michel michela michele
    michelle michiko midori miguel mihaela mihai miho miikka mika mikael mike mikkel mikko mikolaj mila milan milena
    millie milos mimi mina minh minna mira miranda mireille mirela mirella miriam mirja mirjam mirko miroslav misaki
    mitchell mitsuko miyuki moa moana modesto mohamad mohamed mohammad mohammed mohan moira moises mojca molly momoko
    mona monica monika monique montserrat morag morgan moritz morten moses moshe mourad muhammad mukesh muriel murray
    mustafa mykola myra nabil nadia nadine nadja naledi nandini nanette nanna naoise naoki naoko naomi naresh nasser
    natalia natalie natasha nathalie nathan nathaniel nattaporn nattaya navin neal ned neda neha neil nella nelly
    nelson nena nerea nerys nestor neve nevena neville ngozi niall niamh nicholas nick nicki nicky nicola nicolas
    nicole nicolette nicolo niels nienke nieves nigel nikhil nikita niklas nikola nikolai nikolaos nikolaus nikos
    nilda nils nina ninette niran nisha nitin nkechi noa noah nobuko noel noelia noelle noemi nok nokuthula nolan nora
    norbert noreen noriko norliza norma norman nour nuala nuno nuria nurul nynke nyoman octavia octavio odette odile
    oisin oksana ola olaf oleg oleksandr olena olga oliver olivera olivero olivia olivier olof oluwaseun omar omotola
    onno oona oriana oriol orla orlando orsolya osama oscar oskar osvaldo oswald otmar ottavia otto owen pablo paivi
    palmira paloma pam pamela pamina pancho paola paolo pascal pascale pasquale pat patience patrice patricia patrick
    patrik patrizia patsy patty paul paula paulette pauliina paulina pauline paulo paulus pauric pavel pearl pedro
    peggy pekka pelle penelope penny peppe per percy perla pernille perttu petar pete peter petr petra petros phil
    philip philippa philippe phillip phoebe phyllida phyllis pia pierre pieter pieternel pietro pilar pina piotr pippa
    pirjo pirkko placido pol polly pooja poppy pradeep prakash pramod pranav prasad precious preeti priya priyanka
    prudence putri putu quentin quinn quirine rachael rachel rachid radek radha radka radoslav rafael rafaela rafaella
    rafal rafi ragna ragnar rahul raija raimo raimund raisa raj rajesh rajiv rakesh ralf ralph ramesh ramon ramona
    rana randall rani rania raoul raquel rasa rashid rashmi rasmus raul ravi ravneet ray raymond rebecca reem reetta
    regina reijo reiko reinhard reinier reino rekha remi rena renata renate rene renee renske renzo reto reza rhiannon
    rhodri rhona rhonda rhys riaan riana ricarda ricardo riccarda riccardo richard rick ricky rie rieke rigmor riikka
    rik rika rikke rina rini risto rita ritu ritva roald roar rob robert roberta roberto robin rocco rocio rod
    roderick rodney rodrigo roel roeland rogelio roger rohan rohit roisin roksana roland rolande rolf romain roman
    romana romeo romy ron ronald ronan ronja ronnie roos rory rosa rosalba rosalia rosalie rosalind rosamund rosana
    rosanna rosanne rosario rose roseanne rosella rosemary rosie ross roswitha rowan roxana roxanne roy rozemarijn
    ruairi ruben ruby rudolf rudy rufus rui rune rupert russell rut rutger ruth ryan ryo saara sabina sabine sabrina
    sacha sachiko sachin sadie saeed sakari sakura salem salim sally salma salome salvador salvatore sam samantha sami
    samir samira samuel samuli sana sandeep sandra sandro sangeeta sanja sanjay sanna sanne santi santiago santina
    saori sara sarah sari sarita sascha sasha saskia satish satomi satoshi saul savannah scarlett schuyler scott
    seamus sean sebastian seema selina selma sepp seppo serafina serena serge sergei sergio sergiu seth sevda severin
    severine shalini shane shanti sharon shaun shauna sheena sheila shelley sheryl shilpa shinji shirley shobha shona
    shota shreya sian sibylle sidney siegfried siegrid sien sierra sietske siew sif signe sigrid sigridur sigurd silje
    silke silvana silvano silvester silvia silvio simen simon simona simone sina sinead sini sinikka siobhan sipho
    siri siriporn sissel sita siti sixten sjaak sjoerd skye slavica slawomir sneha snezana snorre sofia sofie solange
    sole soledad solveig somchai somsri sonal sonia sonja sonny sophia sophie sophus soraya sorcha soren sota sri
    srisuk stacey stacy stan stanislav stanislaw stefan stefana stefania stefanie stefano steffen steffi stelios
    stella stelvio stephan stephane stephanie stephen sterling steve steven stig stina stine storm stuart sture
    subhash sudha sudhir sue sugeng sujata suki sultan sumit sunil sunita sunniva suresh susan susana susann susanna
    susanne sushma suzanne svante svein sven svenja svetlana svitlana swati sybil sylvain sylvester sylvi sylvia
    sylvie sylwia synnove szymon taavi tabitha tadashi tadeusz tahlia taina takashi takeshi talal tama tamara tamas
    tamsin tanguy tania tanja tanvi tanya tapio tara tarek tariq tarja tarmo taro tatiana tatjana tatum tea ted teemu
    tegan teija terence teresa teresia teri terry tess tessa teun thabo thandeka thandi thandiwe thanos thea thelma
    theo theodor theodora theodore theodoros theresa therese thi thibault thierry thijs thilo thom thomas thomasina
    thor thora thorbjorn thorsten thurid tiago tibor tiia tiina tijmen tilda tilly tim timea timo timon timothy timur
    tina titus tiziana tjeerd tobias tobiasz toby tod todd tom tomas tomasi tomasz tomislav tommaso tommy tomoko toni
    tonino tonje tony toon tor torben tord tore torill torsten torunn tove tracey tracy trent trevor tri tricia trine
    tristan trond troy trudy trygve tsuyoshi tunde tuomas tuula tuva tycho tyler uffe ugo ulf uli ulla ulrich ulrika
    ulrike uma umberto una urs ursina ursula usha uwe vaclav valdemar valentin valentina valentine valeria valerie
    valerio valter vandana vanessa varun vasile vasilis veerle velma venla vera verena verner vernon veronica veronika
    veronique vesa vetle vibeke vicente vicki vicky victor victoria vidar viggo vijay vikram viktor viktoria vilhelm
    ville vilma vinay vince vincent vincenzo vinod viola violet viorel virginia virginie visnja vito vittoria vittorio
    viv vivek vivi vivian vivien vivienne vladimir vlasta vojtech volker wade wahyu waleed walter waltraud wanda wanja
    warren warwick wati wayan wayne wenche wendelin wendy werner wessel whitney wibke wieslaw wiktor wilbur wilfred
    wilhelm wilhelmina will willeke willem willemijn willi william willy wilma wim winfried winnie winston wlodzimierz
    wojciech wolfgang wolfram wout wouter xander xavi xavier xenia ximena yael yana yannick yannis yanti yara yasemin
    yash yasmin yasser yasuko yaw yetunde yiannis ylva yngve yoko yolanda yolande yoram yosef yoshiko youssef ysabel
    yuka yuki yuko yumi yuri yuriy yusuf yuto yvain yves yvette yvonne zac zachary zahra zaid zainab zanele zara
    zbigniew zdenek zdenka zelda zeljko zenon zeynep zita ziva zodwa zoe zofia zoltan zoran zosia zsofia zuzana
    zuzanna
"""
# Surnames of Hong Kong, of the Mainland, of Taiwan and of Singapore as they are written in Latin letters; Korean and
# Vietnamese ones.
_SURNAMES = """
    ahn au auyeung bui chan chang chau che chen cheng cheong cheuk cheung chiang chik chin ching chiu cho choi chong
    chow choy chu chui chuk chun chung dang do duong fan fok fong foo fu fung gao ge goh guo han hau he ho hoang hoe
    hon hong hor hsieh hsu hu hua huang huen hui hung huynh hwang ip jang jeong jiang jim jin jung kam kan kang kao
    kim kiu ko koh kong koo ku kung kuo kwan kwok kwon kwong lai lam lau law le lee leong leung li liang liao lim lin
    ling liu lo loh lok loke long lou lu lui luk lung luo ly ma mak man mao mau mo mok mui mung ng ngai ngan ngo
    nguyen nip o oei oh on ong or ou pan pang park pau peng pham phan pong poon pun qian qin qiu ren sai san seo seto
    seung sham shang shao shea shek shen sheung shih shin shing shiu shum shun sim sin sit siu so soh song soo su suen
    sui sum sun sung sze szeto tai tak tam tan tang tao tay teng teo teoh tian tin ting to tong tran tsai tsan
    tsang tse tseng tsim tso tsoi tsui tu tung ung vo vu wai wan wang wat wei wen wong woo wu xia xiao xie xu xue yam
    yan yang yao yap yau ye yee yeh yen yeo yeung yi yim yin ying yip yiu yong yoon you yu yuan yue yuen yung zeng
    zhan zhang zhao zheng zhong zhou zhu zhuang zou
"""
_KNOWN = frozenset(_GIVEN.split())
_FAMILIES = frozenset(_SURNAMES.split())
_SYLLABLE = re.compile(r"(?:[bcdfghjklmnpqrstvwxyz]{0,3}[aeiouü]{1,4}(?:ng|[cnmptkrhw])?|ng|m|sze|tsz)$")
_PARTING = re.compile(r"[ '’\-,./&]+")


def is_known(name: str) -> bool:
    """Tell whether a name is certainly somebody's: by a title, by a given name, or as Chinese names are written."""
    if words.has_title(name):
        return True
    written = [word for word in _PARTING.split(vocabulary.plain(name)) if word]
    if any(word in _KNOWN for word in written):
        return True
    if written[-1:] in (["kee"], ["kei"]):  # what many shops are called: "Yung Kee"
        return False
    is_chinese = any(word in _FAMILIES for word in written) and all(
        word in _FAMILIES or _SYLLABLE.match(word) for word in written
    )
    return is_chinese or (len(written) == 2 and written[1] in _FAMILIES)  # "Cherry Wong"
