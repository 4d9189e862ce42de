/** The one style sheet. Colours are the system's, so that dark and light need no second set. */
export const STYLE = `:root{color-scheme:light dark;font:15px/1.45 system-ui,sans-serif}
body{margin:0 auto;max-width:1600px;padding:0 1rem 3rem}
header{position:sticky;top:0;background:Canvas;padding:.6rem 0;border-bottom:1px solid GrayText}
nav{display:flex;flex-wrap:wrap;gap:.2rem 1rem}
nav a[aria-current]{font-weight:700;text-decoration:none;color:CanvasText}
h1{font-size:1.3rem}h2{font-size:1.05rem}
.sentence{font-size:1.2rem}
code,time{font-family:ui-monospace,monospace;overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.25rem .8rem .25rem 0;border-bottom:1px solid color-mix(in srgb,GrayText 40%,Canvas);
vertical-align:top;overflow-wrap:anywhere;font-weight:400}
thead th{font-weight:700}
.late td:nth-child(2),.gone td:nth-child(2),.blocked td:nth-child(2),.contested>code{color:#c4320a;font-weight:700}
@media (prefers-color-scheme:dark){.late td:nth-child(2),.gone td:nth-child(2),.blocked td:nth-child(2),
.contested>code{color:#ff9b73}}
.tree{list-style:none;padding-left:1rem}.tree li{margin:.2rem 0}.holder{padding-left:1rem;overflow-wrap:anywhere}
.kind{color:GrayText}.attention li,.story li{margin:.4rem 0;overflow-wrap:anywhere}
.lane svg{display:block;width:100%;background:color-mix(in srgb,GrayText 12%,Canvas)}.lane rect{fill:#2f7dd1}
input{font:inherit;max-width:100%;width:24rem}
@media (max-width:480px){thead{display:none}tr{display:block;padding:.4rem 0}th,td{display:block;border:0}}
@media (min-width:2000px){body{max-width:2400px}}
`
