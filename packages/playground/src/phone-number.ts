/** A North American number in groups, any other as it is: `+12025550123` → `+1 202 555 0123`. */
export function spacedNumber(number: string): string {
  const parts = /^\+1(\d{3})(\d{3})(\d{4})$/.exec(number);
  return parts === null ? number : `+1 ${parts[1]} ${parts[2]} ${parts[3]}`;
}
