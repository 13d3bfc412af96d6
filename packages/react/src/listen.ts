interface Source<Events> {
  on<E extends keyof Events>(event: E, listener: Events[E]): unknown;
  off<E extends keyof Events>(event: E, listener: Events[E]): unknown;
}

/** Listens to several events of one object. @returns what ends it */
export function listen<Events extends object>(source: Source<Events>, listeners: Partial<Events>): () => void {
  const entries = Object.entries(listeners) as [keyof Events, Events[keyof Events]][];
  for (const [event, listener] of entries) source.on(event, listener);
  return () => {
    for (const [event, listener] of entries) source.off(event, listener);
  };
}
