/** The style of the page: it follows the reader's light or dark, and folds into one column on a phone. */
export const pageStyle = `
:root {
  --ground: #fff; --text: #1b1f24; --quiet: #57606a; --line: #d5dae0; --raised: #f4f6f8; --link: #0b57c2;
  --get: #0a5c36; --post: #0b4aa2; --delete: #a11b1b;
  color-scheme: light dark;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #14171b; --text: #e4e8ec; --quiet: #a2abb5; --line: #343b43; --raised: #1d2228; --link: #7db2ff;
    --get: #6fd19c; --post: #82b4ff; --delete: #ff9c94;
  }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body { margin: 0; background: var(--ground); color: var(--text); font: 1rem/1.5 system-ui, sans-serif; }
header, .columns { max-width: 76rem; margin: 0 auto; padding: 0 1rem; }
header { padding-top: 1.5rem; border-bottom: 1px solid var(--line); }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 .5rem; }
h2 { font-size: 1.3rem; margin: 2rem 0 .25rem; }
h3 { font-size: .85rem; color: var(--quiet); margin: 1rem 0 .25rem; text-transform: uppercase; letter-spacing: .04em; }
p { margin: .25rem 0 .75rem; max-width: 46rem; }
a { color: var(--link); }
code { font: .9em/1.4 ui-monospace, monospace; overflow-wrap: anywhere; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
main:focus { outline: none; }
.skip { position: absolute; left: -100rem; }
.skip:focus { left: 1rem; top: .5rem; background: var(--ground); padding: .5rem; }
.columns { display: grid; grid-template-columns: 13rem minmax(0, 1fr); gap: 2rem; padding-bottom: 4rem; }
nav { position: sticky; top: 0; align-self: start; max-height: 100vh; overflow: auto; padding: 2rem 0 1rem; }
nav ul { list-style: none; margin: 0; padding: 0; }
nav a { display: block; padding: .25rem .5rem; border-radius: .3rem; text-decoration: none; color: var(--text); }
nav a:hover { background: var(--raised); }
details { border: 1px solid var(--line); border-radius: .4rem; margin: .4rem 0; }
details[open] { background: var(--raised); }
.schema { border: 1px solid var(--line); border-radius: .4rem; margin: .75rem 0; padding: 0 .75rem .5rem; }
.schema:target { border-color: var(--link); }
.schema h3 { text-transform: none; letter-spacing: normal; font-size: 1rem; color: var(--text); }
summary { display: flex; flex-wrap: wrap; gap: .15rem .75rem; align-items: baseline; padding: .5rem .75rem; cursor: pointer; }
summary::before { content: "+"; color: var(--quiet); font-family: ui-monospace, monospace; }
details[open] > summary::before { content: "−"; }
summary:hover { background: var(--raised); }
summary code { flex: 0 1 auto; }
.about { color: var(--quiet); flex: 1 1 16rem; }
.method { font: 700 .75rem/1.4 ui-monospace, monospace; min-width: 3.6rem; color: var(--post); }
.method.get { color: var(--get); }
.method.delete { color: var(--delete); }
.body { padding: 0 .75rem .75rem; border-top: 1px solid var(--line); }
.body > p:first-child { margin-top: .75rem; }
dl { margin: 0; }
dl > div { display: grid; grid-template-columns: minmax(0, 17rem) minmax(0, 1fr); gap: 0 1rem; padding: .35rem 0; }
dl > div + div { border-top: 1px solid var(--line); }
dd { margin: 0; overflow-wrap: anywhere; }
em { font-style: normal; font-size: .8em; font-weight: 600; color: var(--delete); }
.type { color: var(--quiet); display: block; font-size: .9em; }
@media (max-width: 48rem) {
  .columns { display: block; }
  nav { position: static; max-height: none; padding: 1rem 0 0; }
  nav ul { display: flex; flex-wrap: wrap; gap: .25rem; }
  nav a { border: 1px solid var(--line); padding: .4rem .6rem; }
  dl > div { grid-template-columns: minmax(0, 1fr); }
}
`;
