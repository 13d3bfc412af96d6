/**
 * The numbers of the reasons for which the connection changes its state; what each means is said in `machine.ts`. One
 * by one, since bundlers then write the number where the name is used.
 */
export const start = 1;
export const accepted = 2;
export const unreachable = 3;
export const timeout = 4;
export const dropped = 5;
export const silent = 6;
export const sentAway = 7;
export const retry = 8;
export const woken = 9;
export const tokenRefused = 10;
export const tokenExpired = 11;
export const tokenRenewed = 12;
export const fatal = 13;
export const shutdown = 14;
export const tokenAwaited = 15;
export const tokenMissing = 16;
