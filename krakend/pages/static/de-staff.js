// Deutsch: was Lehrende und die Verwaltung von einem Kurs lesen.

import { number } from "./de.js";

export default {
  taught: {
    title: "Meine Lehrveranstaltungen",
    none: "Sie unterrichten noch keinen Kurs. Die Kursverwaltung kann Ihnen einen geben.",
    notFound: "Keiner Ihrer Kurse passt.",
    find: "Suchen",
    placeholder: "Kürzel, Titel, Fachbereich",
    open: (facts) => `${facts.CourseCode} ${facts.ClassName} öffnen`,
    back: "Alle meine Lehrveranstaltungen",
  },
  roster: {
    tabs: { enrolled: "Belegt", waiting: "Warteliste", dropped: "Abgegeben", history: "Verlauf" },
    lists: "Listen dieses Kurses",
    columns: { position: "Stelle", username: "Name", email: "E-Mail", since: "Wartet seit", turn: "An der Reihe", acts: "Ändern" },
    none: { enrolled: "Niemand hat belegt.", waiting: "Niemand wartet.", dropped: "Niemand hat abgegeben.", history: "Noch ist nichts geschehen." },
    more: "Mehr zeigen",
    drop: "Abmelden",
    takeOut: "Von der Warteliste nehmen",
    dropLabel: (one) => `${one} abmelden`,
    takeOutLabel: (one) => `${one} von der Warteliste nehmen`,
    askDrop: (one, of, next) => `${one} von ${of} abmelden? ${next}`,
    next: (facts, one) => {
      if (one) return `${one} ist an der Reihe und bekommt den Platz ${facts.promotion === "offer" ? "angeboten" : "sofort"}.`;
      return facts.CurrentWaitlist ? "Alle auf der Warteliste pausieren oder haben schon ein Angebot: der Platz wird frei." : "Niemand wartet: der Platz wird frei.";
    },
    turn: {
      paused: "nein, pausiert",
      skipped: "nein, hat einen Platz in einer anderen Gruppe des Kurses",
      offered: (time) => `ein Platz wird bis ${time} freigehalten`,
      swap: "gibt dafür einen anderen Kurs auf",
    },
    seating: (facts, done, all) =>
      `${number(done)} von ${number(all)} auf der Warteliste haben ${facts.promotion === "offer" ? "ein Angebot" : "einen Platz"} bekommen`,
    askTakeOut: (one, of) => `${one} von der Warteliste für ${of} nehmen? Alle dahinter rücken auf.`,
    yesDrop: "Abmelden",
    yesTakeOut: "Von der Warteliste nehmen",
    dropped: (one, of) => `${one} ist von ${of} abgemeldet`,
    takenOut: (one, of) => `${one} steht nicht mehr auf der Warteliste für ${of}`,
    csv: "Als CSV laden",
    pack: "Als OneRoster laden",
    copy: "Adressen kopieren",
    copied: (count) => (count === 1 ? "1 Adresse kopiert" : `${number(count)} Adressen kopiert`),
    mail: "Allen schreiben",
    write: {
      title: (list, of) => `Schreiben an: ${list}, ${of}`,
      hint: "Alle bekommen je eine E-Mail an die Adresse des Kontos. Antworten kommen an Ihre Adresse.",
      subject: "Betreff",
      text: "Nachricht",
      send: "Senden",
      sent: (count) => (count === 1 ? "Die E-Mail geht an 1 Person" : `Die E-Mail geht an ${number(count)} Personen`),
    },
    noNames: "Namen und Adressen fehlen im Moment: der Dienst für Konten antwortet nicht.",
  },
  // What a refusal says to those who act for a student; the student reads "you".
  ofStudent: {
    already_enrolled: (one) => `${one} hat schon einen Platz`,
    already_waiting: (one) => `${one} steht schon auf der Warteliste`,
    seat_offered: (one) => `Für ${one} wird schon ein Platz freigehalten`,
    seat_in_course: (one) => `${one} hat einen Platz in einer anderen Gruppe dieses Kurses, und nur einer ist erlaubt`,
    already_dropped: (one) => `${one} hat den Kurs schon abgegeben`,
    not_enrolled: (one) => `${one} hat keinen Platz mehr in diesem Kurs`,
    only_waiting: (one) => `${one} hat keinen Platz mehr, steht aber auf der Warteliste`,
    not_waiting: (one) => `${one} steht nicht mehr auf der Warteliste`,
  },
  history: {
    enrolled: (one) => `${one} hat einen Platz bekommen`,
    joined: (one, change) => `${one} kam als Nummer ${number(change.position)} auf die Warteliste`,
    promoted: (one) => `${one} war an der Reihe und hat einen Platz bekommen`,
    left: (one) => `${one} hat die Warteliste verlassen`,
    dropped: (one) => `${one} hat den Platz nicht mehr`,
    swap_asked: (one) => `${one} gibt für einen Platz hier einen anderen Kurs auf`,
    swapped: (one) => `${one} hat den Platz gegen einen in einem anderen Kurs getauscht`,
    paused: (one) => `${one} pausiert auf der Warteliste`,
    resumed: (one) => `${one} hat die Pause beendet`,
    offered: (one) => `${one} war an der Reihe: ein Platz wird freigehalten`,
    accepted: (one) => `${one} hat den freigehaltenen Platz angenommen`,
    declined: (one) => `${one} hat den freigehaltenen Platz abgelehnt und die Warteliste verlassen`,
    expired: (one) => `${one} hat nicht rechtzeitig geantwortet und die Warteliste verlassen`,
    one_section: (_, change) =>
      ({ on: "Von nun an ist nur ein Kurs dieses Fachs erlaubt", off: "Von nun an sind mehrere Kurse dieses Fachs erlaubt" })[change.one_section] ??
      "Nur ein Kurs dieses Fachs: das beginnt",
    skipped: (one) => `${one} war an der Reihe und wurde übergangen: Platz in einem anderen Kurs dieses Fachs`,
    policy: (_, change) =>
      change.promotion === "offer" ? "Freie Plätze werden von nun an der Warteliste angeboten" : "Freie Plätze gehen von nun an sofort an die Warteliste",
    added: () => "Der Kurs wurde angelegt",
    adopted: () => "Der Verlauf beginnt",
    resized: (_, change) => `Von nun an ${number(change.max_capacity)} Plätze und ${number(change.waitlist_maximum)} Stellen auf der Warteliste`,
    status: (_, change) => ({ active: "Für neue Anmeldungen geöffnet", inactive: "Für neue Anmeldungen geschlossen" })[change.status] ?? "Wird entfernt",
    instructor: () => "Von nun an unterrichtet jemand anderes",
    retitled: (_, change) => `Heißt von nun an ${change.class_name} (${change.department})`,
    removed: () => "Der Kurs wurde entfernt",
    other: (_, change) => change.what,
    by: { student: "selbst", instructor: "durch die Lehrperson", registrar: "durch die Kursverwaltung", system: "" },
  },
};
