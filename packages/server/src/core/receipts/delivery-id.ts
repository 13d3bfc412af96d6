/**
 * The ids of deliveries. A receipt's first delivery has the receipt's SID, a later one a dot and a number after it.
 * Where it is several messages to the provider, each has two more numbers: which it is, from 0, and of how many.
 */
export interface PieceOf {
  delivery: string;
  piece: number;
  pieces: number;
}

export function nextDelivery(id: string): string {
  const [receipt, number] = id.split('.', 2);
  return `${receipt}.${Number(number ?? 1) + 1}`;
}

/** What a provider gets to know a piece by. */
export function pieceId({ delivery, piece, pieces }: PieceOf): string {
  return pieces === 1 ? delivery : `${delivery}-${piece}-${pieces}`;
}

/** The reverse; what providers bring back may be anything, and then is the id of nothing. */
export function parsePieceId(id: string): PieceOf {
  const [, delivery = id, piece, pieces] = /^(.*?)(?:-(\d{1,4})-(\d{1,4}))?$/.exec(id) ?? [];
  return { delivery, piece: Number(piece ?? 0), pieces: Number(pieces ?? 1) };
}

export function receiptOf(delivery: string): string {
  return delivery.split(/[.-]/, 1)[0] ?? delivery;
}
