"""Whether a Latin name is somebody's for certain: by a name that people are given, or by how Chinese names are written.

Our own table of what people are called most, in many languages. Who is not in it may be a person all the same: what is
read stays what it is, and is said to be unsure where it could be a firm's name as well.
"""

from __future__ import annotations

import re

from addressbook.paste import vocabulary, words

_GIVEN = """
    aaron abby abdul abdulaziz abdullah abdulrahman abena abigail ada adam adele adi aditya adrian adriana agnes
    agnieszka agus ahlam ahmad ahmed aidan aileen ailsa aino aisha aisyah akash akiko akira alan alana alasdair albert
    alberto alec alejandra alejandro alena alessandra alessandro alessia alex alexander alexandra alexandre alexis
    alfie alfred ali alice alicia alina alison alistair aliyah allan allison alma alvin ama amal amanda amani amara
    amber amelia amelie amina amir amit amitabh amrit amy ana anabel anais ananya anders andre andrea andreas andres
    andrew andrzej andy angel angela angelica angelina angelo angus anika anil anita anjali ann anna annabel anne
    anneliese annette annie annika anong anouk anthony antje antoine anton antonia antonio anu anwar anya aoife aparna
    april archie ariana ariel arjun armando arnaud arne arnold aroha arthur arturo arun arvind asha ashley ashok
    astrid aubrey audrey august augusto aurelie aurora ava axel ayaka ayesha ayse ayu ayumi azlan bambang barbara
    barry bart bartosz basma beata beatrice beatriz bec becky belinda bella ben benedict benedikt benjamin bernard
    bernardo bernd bernice bert beth bethany bettina betty beverly bhavna bianca bilal bill billy birgit bjorn blake
    blessing bob bonnie boris brad bradley brandon brenda brendan brian bridget britta bronwyn brooke bruce bruno
    bryan budi caitlin callum calvin cameron camila camilla camille candice caoimhe cara carina carl carla carlo
    carlos carmen carol carolina caroline carolyn carrie carsten carys casey caspar cassandra catalina caterina cathal
    catherine cathy catriona cecilia cecilie celeste celia celine cesar chad chandra chantal charlene charles charlie
    charlotte chelsea cheryl chiamaka chiara chidi chihiro chinedu chloe chris christian christiane christina
    christine christoph christopher christy ciara ciaran cindy claire clara clare clarissa claude claudia claudio
    claus clement clive clodagh cody colette colin colm conall connie connor conor constance coral cormac cornelia
    courtney craig cristian cristiano cristina crystal cynthia dagmar daiki daisuke daisy dale damian damien dan dana
    daniel daniela daniele danielle danny daphne daria dario darren daryl dave david davide dawn dean debbie deborah
    declan deepa deepak delia denis denise dennis derek desmond dewi dexter dian diana diane diego dieter dieu dilip
    dimitri dimitris dina dinesh divya dmitri dolores domenico dominic dominik dominique don donald donna dora doreen
    doris dorothea dorothy douglas duncan dwi dylan eamon earl ebba eddie edgar edith edmund eduardo edward edwin
    eileen eilidh eimear eko elaine eleanor elena eleni eleonora eli elias elif elin elisa elisabeth elise eliza
    elizabeth ella ellen ellie elliot elsa elsie emanuele emeka emi emil emilia emilie emilio emily emma emmanuel eoin
    eric erica erich erik erika erin ernest ernesto esi esme esperanza estelle esther ethan etienne euan eugene eunice
    eva evan eve evelyn ewa ewan fabian fabio fabrice fabrizio fahad faisal faith faizal farah farid fatima fatimah
    faye federica federico felicia felicity felipe felix ferdinand fergus fernanda fernando fiadh filip finn fion
    fiona fitri fleur flora florence florian folake frances francesca francesco francis francisca francisco francois
    francoise frank franz fraser fred frederic frederick frederik freya friedrich fritz fumiko gabriel gabriela
    gabriele gabriella gail gareth gary gaurav gavin gemma gene genevieve geoff geoffrey george georges georgia
    georgina gerald geraldine gerard gerhard gerrit gethin ghada gianluca gift giorgia giorgio giorgos giovanna
    giovanni gisela gita giulia giulio giuseppe gladys glen glenda glenn gloria godfrey gordon grace graham greg
    gregor gregory greta grzegorz guido guillaume guillermo gunter gustav gustavo guy gwen gwilym hadi hafiz hala
    hamid hamish hamza hana hanako hani hanna hannah hannelore hans harish harold harriet harrison harry haruka haruki
    haruto harvey hassan hayley hazel heather hector heidi heike heinz helen helena helene helga helmut hemant hemi
    hendra hendrik henri henrietta henrik henry herbert herman hideo hilary hilda hina hiroshi hisham holger holly
    hope horst howard hubert huda hugh hugo hussein ian ibrahim ida ignacio ikechukwu ilona ilse imran indah indra
    ines inga inge ingrid ioana irene irfan irina iris irma isaac isabel isabella isabelle isla ismail ivan ivana ivy
    jack jackie jacob jacqueline jacques jade jaime jake jakob jakub jamal james jamie jan jana jane janet janice
    janine jarrah jasmin jasmine jason jasper javier jay jaya jean jeanette jeanne jeff jeffrey jen jenna jennifer
    jenny jens jeremy jerome jerry jesper jess jesse jessica jesus jill jim jimmy jo joan joana joanna joanne joao
    joaquin jodie joe joel joelle joerg johan johann johanna johannes john johnny joko jon jonas jonathan joost jordan
    jordi jorg jorge joris jose josef josefina joseph josephine josh joshua josie joy joyce juan juana juanita judith
    judy julia julian juliana julie julien juliet juliette julio jun june junko jurgen justin justine justyna jyoti
    kadek kai kalpana kamal kana kanya kaori karen karim karin karina karl karolina kaspar katarina katarzyna kate
    katerina katharina katherine kathleen kathrin kathryn kathy katie katja katrin katrina katrine katy kavita kay
    kayla kazuko kazuo keiko keira keith kelly kelvin ken kenji kenneth kenta kerry ketut kevin khaled khalid kiran
    kirsten kirsty kishore kiyoshi klaus kofi koji konstantin kostas kristen kristian kristin kristina krzysztof kumar
    kurt kwabena kwame kyle kylie lachlan laila lakshmi lalita lamia lara lars lata latoya laura lauren laurence
    laurent lawrence layan layla lea leah leanne lee leena leila len lena leo leon leonard leonardo leonor leonora
    lerato leroy lesley leslie lestari leticia lewis liam lidia liisa lilian lillian lilly lily lina linda lindiwe
    lindsay ling linh linnea lionel lisa lise liza lloyd lorena lorenz lorenzo loretta lorna lorraine lotte louis
    louisa louise luc luca lucas lucia luciana lucie lucy luigi luis luisa lukas luke luna lutz lydia lynda lynn lynne
    mabel maciej mad made madeleine madhuri madison mads magda magdalena maggie magnus mahesh mahmoud maja majed maki
    makoto malcolm malgorzata malia malin mandy manfred manish manoj manon manuel manuela mar marc marcel marcela
    marcelo marcia marco marcos marcus marek margaret margarita margit margot marguerite mari maria mariam marian
    mariana marie marieke marija mariko marilyn marina marine mario marion marisa marisol marius marjorie mark marko
    markus marlene marta martha martin martina martine marvin mary maryam masaki masako mateo mateusz mathias mathieu
    mathilde matias matilda matt matteo matthew matthias matti maud maureen maurice mauricio mauro max maxim maxime
    maximilian maya mayumi meena meera megan megumi mehdi mehmet mei mel melanie melinda melissa mercedes meredith
    merve mette mia michael michaela michal michel michele michelle michiko midori miguel miho mika mike mikkel mikko
    mila milan milena millie mina minh miranda miriam misaki mitchell mitsuko miyuki moana mohamad mohamed mohammad
    mohammed mohan moira mojca molly momoko mona monica monika monique morag moritz morten moses muhammad mukesh
    murray mustafa myra nabil nadia nadine naledi nandini naoki naoko naomi naresh nasser natalia natalie natasha
    nathalie nathan nattaporn nattaya navin neal ned neha neil nelson nerys neve ngozi niall niamh nicholas nick nicky
    nicola nicolas nicole nigel nikhil nikita niklas nikola nikolai nikolaos nikos nils nina niran nisha nitin nkechi
    noah nobuko noel noelle noemi nok nokuthula nora noriko norliza norma norman nour nuno nuria nurul nyoman oisin
    ola olaf oleg olga oliver olivia olivier oluwaseun omar omotola orla osama oscar oskar oswald otto owen pablo
    paloma pam pamela paola paolo pascal pat patience patricia patrick patty paul paula paulina pauline paulo pauric
    pavel pearl pedro peggy penelope penny per percy pernille petar pete peter petr petra phil philip philippa
    philippe phillip phoebe phyllis pia pierre pieter pilar piotr pippa polly pooja poppy pradeep prakash pramod
    pranav prasad precious preeti priya priyanka putri putu quentin rachael rachel radek radha rafael rafal rahul raj
    rajesh rajiv rakesh ralf ralph ramesh ramon ramona rana randall rani rania raquel rashid rashmi raul ravi ravneet
    ray raymond rebecca reem regina reiko rekha remi rena renata renate rene renee reza rhys ricardo riccardo richard
    rick ricky rie rika rina rini rita ritu rob robert roberta roberto robin rocio rod roderick rodney rodrigo roger
    rohan rohit roisin roland rolf roman ron ronald ronan ronnie rory rosa rosalie rosalind rosanna rosario rose
    roseanne rosemary rosie ross rowan roxanne roy ruben ruby rudolf rudy rui rupert russell ruth ryan ryo sabine
    sabrina sachiko sachin sadie saeed sakura salem salim sally salma sam samantha sami samir samira samuel sana
    sandeep sandra sandro sangeeta sanjay sanne santiago saori sara sarah sari sarita sascha sasha satish satomi
    satoshi saul scott seamus sean sebastian seema selina serena serge sergei sergio seth shalini shane shanti sharon
    shaun shauna sheila shelley sheryl shilpa shinji shirley shobha shota shreya sian sidney siegfried sierra siew
    sigrid sigridur silvia simon simona simone sina sinead siobhan sipho siriporn sita siti slawomir sneha sofia sofie
    soledad somchai somsri sonal sonia sonja sophia sophie soren sota sri srisuk stacey stan stanislav stefan stefania
    stefanie stefano steffen stella stephan stephane stephanie stephen sterling steve steven stuart subhash sudha
    sudhir sue sugeng sujata sultan sumit sunil sunita suresh susan susana susanna susanne sushma suzanne svein sven
    svetlana swati sybil sylvia sylvie tadashi tahlia takashi takeshi talal tama tamara tamsin tania tanja tanvi tanya
    tara tariq taro tatiana ted terence teresa teri terry tess tessa thabo thandi thandiwe thea thelma theo theodore
    theresa therese thi thibault thierry thomas thorsten tiago tiina tilda tim timo timothy tina tobias toby tod todd
    tom tomas tomasi tomasz tommaso tommy tomoko toni tony tove tracey tracy trent trevor tri tricia trine tristan
    troy tsuyoshi tunde tuomas tyler ugo ulrich ulrike uma una ursula usha uwe valentina valeria valerie vandana
    vanessa varun vera verena vernon veronica veronika veronique vicente vicki vicky victor victoria vijay vikram
    viktor vilma vinay vince vincent vincenzo vinod viola violet virginia vittorio viv vivek vivian vivien vivienne
    vladimir volker wade wahyu waleed walter wanda warren wati wayan wayne wendy werner wilfred wilhelm will willem
    william winnie winston wojciech wolfgang wout wouter xavier yanti yara yash yasmin yasser yasuko yaw yetunde yoko
    yolanda yosef yoshiko youssef yuka yuki yuko yumi yuri yusuf yuto yves yvette yvonne zac zachary zahra zaid zainab
    zanele zara zodwa zoe zofia zuzana
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
