const format = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const fullFormat = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

export function ClockTime({ date }: { date: Date | null }) {
  if (date === null) return null;
  return (
    <time dateTime={date.toISOString()} title={fullFormat.format(date)}>
      {format.format(date)}
    </time>
  );
}
