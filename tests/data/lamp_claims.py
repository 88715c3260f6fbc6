"""Claims of every kind about lamps behind a fuse: small enough to be certified, forged and checked many times."""

from enum import StrEnum

from podproof.api import (
    Always,
    Claim,
    Eventually,
    LeadsTo,
    Machine,
    Never,
    NoReturn,
    Passes,
    Reachable,
    Shortest,
    System,
    Verdict,
    weak,
)
from podproof.language import Actor, Assumption, Kind, Transition, state


class Lamp(StrEnum):
    off = "off"
    on = "on"
    burnt = "burnt"


class Fuse(StrEnum):
    whole = "whole"
    blown = "blown"


class Guest(StrEnum):
    away = "away"
    here = "here"
    cellar = "cellar"
    roof = "roof"


lamps = Kind("lamp")
lamp = state("lamp is", Lamp, kind=lamps, initial=Lamp.off)
fuse = state("fuse", Fuse, initial=Fuse.whole)
guest = state("guest", Guest, initial=Guest.away)
calm = Assumption("calm", "Lightning does not burn lamps.")
dry = Assumption("dry", "Rain does not blow the fuse.")
someone, storm = Actor("someone"), Actor("storm")
burn, blow = storm("burn", unless=calm), storm("blow", unless=dry)
mend, come = someone("mend"), someone("come")
cared_for = Assumption("cared-for", "Who can mend the fuse does so.", fair=(weak(mend),))
invited = Assumption("invited", "Who can come comes.", fair=(weak(come),))

switching = Machine(
    "lamp",
    lamp,
    [
        Transition(trigger=someone("switch on"), source=Lamp.off, dest=Lamp.on, conditions=fuse.is_(Fuse.whole)),
        Transition(trigger=someone("switch off"), source=Lamp.on, dest=Lamp.off),
        Transition(trigger=burn, source=Lamp.on, dest=Lamp.burnt),
    ],
)
fusing = Machine(
    "fuse",
    fuse,
    [
        Transition(trigger=blow, source=Fuse.whole, dest=Fuse.blown, conditions=lamps.some(lamp.is_(Lamp.on))),
        Transition(trigger=mend, source=Fuse.blown, dest=Fuse.whole),
    ],
)
visiting = Machine(
    "guest",
    guest,
    [
        Transition(trigger=come, source=Guest.away, dest=Guest.here),
        Transition(trigger=someone("leave"), source=Guest.here, dest=Guest.away),
        Transition(trigger=someone("climb"), source=Guest.cellar, dest=Guest.roof),
        Transition(trigger=someone("descend"), source=Guest.roof, dest=Guest.cellar),
    ],
)
house = System("house", (switching, fusing, visiting))
here = guest.is_(Guest.here)
burnt, blown = lamps.some(lamp.is_(Lamp.burnt)), fuse.is_(Fuse.blown)
FALSE = Verdict.FALSE

claims = [
    Claim("nobody-on-the-roof", "No guest gets to the roof.", Never(guest.is_(Guest.roof)), house),
    Claim("no-lamp-burns", "No lamp burns out.", Always(~burnt), house, expected=FALSE),
    Claim("all-is-well", "No lamp burns out and the fuse stays whole.", Never(burnt | blown), house, expected=FALSE),
    Claim("not-both", "It does not come to both.", Never(burnt & blown), house, expected=FALSE),
    Claim("calm-no-lamp-burns", "Without lightning no lamp burns out.", Always(~burnt), house, given=(calm,)),
    Claim("a-lamp-can-burn", "A lamp can burn out.", Reachable(burnt), house),
    Claim("the-roof-is-open", "A guest can get to the roof.", Reachable(guest.is_(Guest.roof)), house, expected=FALSE),
    Claim("burnt-was-on", "What is burnt was on.", Passes(burnt, lamps.some(lamp.is_(Lamp.on))), house),
    Claim("burnt-after-blown", "The fuse blows first.", Passes(burnt, blown), house, expected=FALSE),
    Claim("burnt-stays", "A burnt lamp is not replaced.", NoReturn(burnt), house),
    Claim("fuse-stays", "A fuse is not mended.", NoReturn(fuse), house, expected=FALSE),
    Claim("soon-burnt", "Two steps burn a lamp.", Shortest(burnt, 2, most=2), house),
    Claim("sooner-burnt", "One step burns a lamp.", Shortest(burnt, 1), house, expected=FALSE),
    Claim("later-burnt", "Three steps burn a lamp.", Shortest(burnt, 3), house, expected=FALSE),
    Claim("mended", "A blown fuse is mended.", LeadsTo(blown, ~blown, fair=(weak(mend),), most=1), house),
    Claim("left-blown", "It is mended anyhow.", LeadsTo(blown, ~blown), house, expected=FALSE, candidates=(cared_for,)),
    Claim("visited", "A guest comes.", Eventually(here), house, expected=FALSE, candidates=(invited, cared_for)),
]
