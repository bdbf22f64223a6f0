// Español: lo que docentes y administración leen de un curso.

import { number } from "./es.js";

export default {
  taught: {
    title: "Cursos que imparto",
    none: "Aún no imparte ningún curso. Secretaría puede darle uno.",
    notFound: "Ninguno de sus cursos coincide.",
    find: "Buscar",
    placeholder: "código, título o departamento",
    open: (facts) => `Abrir ${facts.CourseCode} ${facts.ClassName}`,
    back: "Todos los cursos que imparto",
  },
  roster: {
    tabs: { enrolled: "Con plaza", waiting: "En la fila", dropped: "Dejaron", history: "Historia" },
    lists: "Listas de este curso",
    columns: { position: "Puesto", username: "Nombre", email: "Correo", since: "En la fila desde", turn: "Turno", acts: "Cambiar" },
    none: { enrolled: "Nadie tiene plaza.", waiting: "Nadie espera.", dropped: "Nadie ha dejado el curso.", history: "Aún no ha pasado nada." },
    more: "Mostrar más",
    drop: "Dar de baja",
    takeOut: "Sacar de la fila",
    dropLabel: (one) => `Dar de baja a ${one}`,
    takeOutLabel: (one) => `Sacar a ${one} de la fila`,
    askDrop: (one, of, next) => `¿Dar de baja a ${one} de ${of}? ${next}`,
    next: (facts, one) => {
      if (one) return `${one}, a quien le toca en la fila, ${facts.promotion === "offer" ? "recibe una oferta de la plaza" : "obtiene la plaza al momento"}.`;
      return facts.CurrentWaitlist ? "Quienes están en la fila hacen una pausa o ya tienen una oferta: la plaza queda libre." : "Nadie espera: la plaza queda libre.";
    },
    turn: {
      paused: "en pausa",
      skipped: "no le toca: tiene plaza en otro grupo de la asignatura",
      offered: (time) => `una plaza reservada hasta ${time}`,
      swap: "deja otro curso a cambio",
    },
    seating: (facts, done, all) =>
      `${number(done)} de ${number(all)} de la fila ${facts.promotion === "offer" ? "tienen una oferta" : "tienen plaza"}`,
    askTakeOut: (one, of) => `¿Sacar a ${one} de la fila de ${of}? Quienes están detrás avanzan.`,
    yesDrop: "Dar de baja",
    yesTakeOut: "Sacar de la fila",
    dropped: (one, of) => `${one} está de baja de ${of}`,
    takenOut: (one, of) => `${one} ya no está en la fila de ${of}`,
    csv: "Descargar como CSV",
    pack: "Descargar como OneRoster",
    copy: "Copiar direcciones",
    copied: (count) => (count === 1 ? "1 dirección copiada" : `${number(count)} direcciones copiadas`),
    mail: "Escribir a todos",
    write: {
      title: (list, of) => `Escribir a: ${list}, ${of}`,
      hint: "Cada persona recibe un correo en la dirección de su cuenta. Las respuestas llegan a su dirección.",
      subject: "Asunto",
      text: "Texto",
      send: "Enviar",
      sent: (count) => (count === 1 ? "El correo va a 1 persona" : `El correo va a ${number(count)} personas`),
    },
    noNames: "Faltan nombres y direcciones en este momento: el servicio de cuentas no responde.",
  },
  // What a refusal says to those who act for a student; the student reads "you".
  ofStudent: {
    already_enrolled: (one) => `${one} ya tiene plaza`,
    already_waiting: (one) => `${one} ya está en la fila`,
    seat_offered: (one) => `Ya hay una plaza reservada para ${one}`,
    seat_in_course: (one) => `${one} tiene plaza en otro grupo de esta asignatura, y solo se permite una`,
    already_dropped: (one) => `${one} ya dejó el curso`,
    not_enrolled: (one) => `${one} ya no tiene plaza en este curso`,
    only_waiting: (one) => `${one} ya no tiene plaza, pero está en la fila`,
    not_waiting: (one) => `${one} ya no está en la fila`,
  },
  history: {
    enrolled: (one) => `${one} obtuvo una plaza`,
    joined: (one, change) => `${one} se puso en la fila con el número ${number(change.position)}`,
    promoted: (one) => `Le tocó a ${one} y obtuvo una plaza`,
    left: (one) => `${one} dejó la fila`,
    dropped: (one) => `${one} ya no tiene la plaza`,
    swap_asked: (one) => `${one} dejará otro curso por una plaza aquí`,
    swapped: (one) => `${one} cambió la plaza por una en otro curso`,
    paused: (one) => `${one} está en pausa en la fila`,
    resumed: (one) => `${one} terminó la pausa`,
    offered: (one) => `Le tocó a ${one}: se le guarda una plaza`,
    accepted: (one) => `${one} aceptó la plaza guardada`,
    declined: (one) => `${one} rechazó la plaza guardada y dejó la fila`,
    expired: (one) => `${one} no respondió a tiempo y dejó la fila`,
    one_section: (_, change) =>
      ({ on: "Desde ahora solo se puede tener un grupo de la asignatura", off: "Desde ahora se pueden tener varios grupos de la asignatura" })[
        change.one_section
      ] ?? "Solo un grupo de la asignatura: comienza",
    skipped: (one) => `Le tocó a ${one}, sin turno por tener plaza en otro grupo`,
    policy: (_, change) =>
      change.promotion === "offer" ? "Desde ahora las plazas libres se ofrecen a la fila" : "Desde ahora las plazas libres van al momento a la fila",
    added: () => "Se creó el curso",
    adopted: () => "Comienza la historia",
    resized: (_, change) => `Desde ahora ${number(change.max_capacity)} plazas y ${number(change.waitlist_maximum)} puestos en la fila`,
    status: (_, change) => ({ active: "Abierto a nuevas inscripciones", inactive: "Cerrado a nuevas inscripciones" })[change.status] ?? "Se está eliminando",
    instructor: () => "Desde ahora lo imparte otra persona",
    retitled: (_, change) => `Desde ahora se llama ${change.class_name} (${change.department})`,
    removed: () => "Se eliminó el curso",
    other: (_, change) => change.what,
    by: { student: "por su cuenta", instructor: "por quien imparte el curso", registrar: "por secretaría", system: "" },
  },
};
