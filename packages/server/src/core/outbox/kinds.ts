/** The kinds of work that there are; their areas say what each does. The index of the outbox begins with the kind. */
export const workKinds = ['channel', 'webhook', 'push', 'inbound', 'initialization'] as const;

export type WorkKind = (typeof workKinds)[number];
