/** Jobs under way that take several turns of the event loop. */
let underWay = 0;

/** Does a piece of work in each of the next turns of the event loop, until there is nothing left. */
export function inSomeTurns(piece: () => boolean): void {
  underWay += 1;
  const turn = () => {
    if (piece()) setImmediate(turn);
    else underWay -= 1;
  };
  setImmediate(turn);
}

/** Lets everything run that waits for nothing but its turn. */
export async function settle(): Promise<void> {
  do await new Promise((resolve) => setImmediate(resolve));
  while (underWay > 0);
}
