/** Of every text: what a reader's own settings may override. */
const textStyle = `table { border-collapse: collapse; }
th, td { border: 1px solid; padding: 0.2em 0.6em; }
img { max-width: 100%; height: auto; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; }
blockquote { margin-inline: 1.5em; }
.notes { margin-top: 2em; font-size: 0.9em; }
.notes .number { float: inline-start; margin: 0 0.5em 0 0; }
`;

export const pageStyle = `:root { color-scheme: light dark; }
body { margin: 0; font: 1.1rem/1.6 system-ui, sans-serif; }
main { max-width: 42rem; margin: auto; padding: 1.5rem; overflow-wrap: break-word; }
h1, h2, h3 { line-height: 1.25; }
article + article { margin-top: 3rem; }
${textStyle}`;

export const bookStyle = `body { margin: 5%; line-height: 1.5; }
h1, h2, h3 { line-height: 1.25; page-break-after: avoid; }
.title { margin-top: 30%; text-align: center; }
.cover { margin: 0; text-align: center; }
.cover img { max-height: 100%; }
${textStyle}`;
