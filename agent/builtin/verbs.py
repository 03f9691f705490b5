"""Hold everyday verbs that only say that two things belong together. Data only."""

from agent.builtin.lemmas import root

_VERBS = """
accept access accommodate accompany achieve acquire act add affect allow appear apply appoint arrange
arrive assign associate attach attain attend authorize award base bear become begin belong book break
bring build buy call care carry cause celebrate change check choose claim come command commit compete
complete compose concern conduct confer connect consist construct consume contain contribute control
cooperate correspond cost cover create cross cut damage deal deliver depart deposit describe design
destroy develop die direct display distribute do donate draw drive earn eat edit employ end enjoy enrol
enroll enrolled enter establish exist experience fail fall feature fed feed file fill find finish flied
fly follow form found fund gain gather generate give go graduate grant grow happen have head hire hit
hold host hurt identify import include incur injure insure introduce invest invite involve issue join
judge keep kill know land last launch lead learn leave lend lie like line list live locate log lose love
maintain major make manage manufacture mark marry measure meet mention mind mine move name need nominate
note observe obtain occupy occur offer open operate order organize own park participate pass pay perform
pilot place plan play possess post prefer prescribe present presided print process produce provide
publish purchase put raise rank ranked rate rated reach read receive record register release rent repair
report reported represent request require reserve reside respond result review ride run sail save score
scored see sell send serve set share ship show sign sing sit speak specialize spend sponsor stand start
stay stock store study submit suffer supervise supply support take teach tell test touch train transfer
travel treat try turn undergo use utilize visit volunteer vote want watch wear weigh win work write
yield
"""

VERB_ROOTS = frozenset(root(verb) for verb in _VERBS.split())
"""Their stems, as `agent.builtin.lemmas.root` gives them."""
