/**
 * The one style sheet. Its colours stand once for light and once for dark, each text at 4.5 : 1 or more on its ground; what a colour
 * says a word says too.
 */
export const STYLE = `:root{color-scheme:light dark;
--ground:#f7f8fa;--card:#fff;--line:#dde2e9;--ink:#1b2330;--soft:#566274;--link:#1a5fb4;--accent:#2468c0;--tint:#e8f0fb;
--good:#1b7a43;--goodbg:#e2f4e9;--warn:#8a5300;--warnbg:#fdf0d8;--bad:#b3261e;--badbg:#fce8e6;--ghost:#9aa6b5;--bar:#3f7fd0;--bar2:#5b9c7c;
font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
@media (prefers-color-scheme:dark){:root{
--ground:#11151b;--card:#181e26;--line:#2d3642;--ink:#e4e9f0;--soft:#9fabbb;--link:#82b4f5;--accent:#6aa5f2;--tint:#1e2c40;
--good:#6fd29a;--goodbg:#15301f;--warn:#f0b65c;--warnbg:#33270f;--bad:#ff9a91;--badbg:#3d1a18;--ghost:#5f6c7d;--bar:#4f8ee0;--bar2:#4f9a78}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink)}
a{color:var(--link);text-underline-offset:.15em;text-decoration-thickness:1px}
a:hover{text-decoration-thickness:2px}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:3px}
.skip{position:absolute;left:-99rem}.skip:focus{left:1rem;top:.5rem;background:var(--card);padding:.3rem .6rem;z-index:9}
header{position:sticky;top:0;z-index:5;background:var(--card);border-bottom:1px solid var(--line)}
.bar,main,footer{max-width:100rem;margin:0 auto;padding:0 clamp(.8rem,2vw,2rem)}
.bar{display:flex;flex-wrap:wrap;align-items:center;gap:0 1.2rem}
.pages{display:flex;flex-wrap:wrap;gap:0 .2rem}
.pages a{padding:.65rem .6rem .5rem;text-decoration:none;color:var(--soft);border-bottom:3px solid transparent;white-space:nowrap}
.pages a:hover{color:var(--ink)}
.pages a[aria-current]{color:var(--ink);font-weight:600;border-color:var(--accent)}
.moment{display:flex;flex-wrap:wrap;align-items:center;gap:.1rem .7rem;margin-left:auto;padding:.3rem 0;font-size:.875rem}
.moment form{display:flex;align-items:center;gap:.5rem;margin:0}
.moment input{width:clamp(6rem,16vw,22rem);accent-color:var(--accent)}
.live{color:var(--soft);font-weight:600;white-space:nowrap}.live b{display:none}
.streaming .live{color:var(--good)}.streaming .live b{display:inline}.streaming .live time{display:none}
.streaming .live::before{content:"";display:inline-block;width:.6em;height:.6em;border-radius:50%;background:currentColor;margin-right:.4em}
#note{background:var(--badbg);color:var(--bad);font-weight:600;padding-top:.5rem;padding-bottom:.5rem}#note[hidden]{display:none}
.head{display:flex;flex-wrap:wrap;justify-content:space-between;gap:0 1rem}.known{margin:0;font-size:.875rem;color:var(--soft)}
.known.old{color:var(--warn);background:var(--warnbg);border-radius:4px;padding:0 .5rem}
.past{color:var(--warn);font-weight:600}
.then{background:var(--warnbg);color:var(--warn);font-size:.875rem;padding:.35rem 0}
main{padding-top:1.2rem;padding-bottom:3rem}
h1{font-size:.875rem;font-weight:600;color:var(--soft);margin:0 0 .2rem}
h2{font-size:1.05rem;margin:0 0 .6rem}
.sentence{font-size:clamp(1.25rem,.95rem + 1.1vw,1.9rem);line-height:1.3;font-weight:600;letter-spacing:-.01em;margin:0 0 1.3rem;max-width:60ch;
overflow-wrap:anywhere}
code,time,.id{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.92em;overflow-wrap:anywhere}
.soft,.kind{color:var(--soft)}.kind{font-size:.875rem}
.columns{display:grid;gap:1.2rem;align-items:start;margin:0 0 1.2rem}
@media (min-width:70rem){.columns{grid-template-columns:minmax(22rem,2fr) minmax(0,3fr)}}
.card{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:1rem 1.1rem;min-width:0;margin:0 0 1.2rem}
.columns .card{margin:0}
.card>:last-child{margin-bottom:0}
.attention{list-style:none;margin:0;padding:0;display:grid;gap:.6rem}
.attention li{border-left:4px solid var(--warn);background:var(--warnbg);border-radius:0 6px 6px 0;padding:.5rem .8rem;overflow-wrap:anywhere}
.attention li.urgent{border-color:var(--bad);background:var(--badbg)}
.attention code{display:inline-block;margin-top:.25rem;background:var(--card);border:1px solid var(--line);border-radius:4px;padding:.05rem .45rem}
.calm{color:var(--good);font-weight:600}
.worth{display:flex;flex-wrap:wrap;gap:.3rem 1.6rem;margin:0 0 1.2rem;padding:0;list-style:none;color:var(--soft)}
.worth b{color:var(--ink);font-size:1.15rem}
table{border-collapse:collapse;width:100%;font-size:.95rem}
th,td{text-align:left;padding:.45rem .9rem .45rem 0;border-top:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere;font-weight:400}
thead th{border:0;color:var(--soft);font-size:.8rem;font-weight:600;padding-top:0}
tbody th{font-weight:600}
.state{display:inline-block;border-radius:99px;padding:.05rem .6rem;font-size:.8rem;font-weight:600;background:var(--tint);color:var(--link);white-space:nowrap}
.state.working,.state.active,.state.pending,.state.completed{background:var(--goodbg);color:var(--good)}
.state.late,.state.waiting{background:var(--warnbg);color:var(--warn)}
.state.gone,.state.blocked,.state.failed,.state.lapsed,.state.lost,.state.contested{background:var(--badbg);color:var(--bad)}
.state.left,.state.released,.state.idle,.state.finished{background:transparent;color:var(--soft);box-shadow:inset 0 0 0 1px var(--line)}
.tree{list-style:none;margin:0;padding-left:1.1rem;border-left:1px solid var(--line)}
.card>.tree{padding-left:0;border:0}
.tree li{padding:.15rem 0}.tree li>code{font-weight:600}
.holder{padding:.1rem 0 .1rem 1.1rem;overflow-wrap:anywhere;color:var(--soft);font-size:.95rem}.holder>a:first-child{font-weight:600}
.holder.ghost{opacity:1;border-left:2px dashed var(--ghost);padding-left:.8rem;font-style:italic;margin-left:.2rem}
.contest{color:var(--bad);padding-left:1.1rem;font-size:.95rem}
.rest{display:inline-block;width:4rem;height:.5rem;vertical-align:baseline;border-radius:3px;background:var(--tint)}
.rest rect{fill:var(--accent)}
.lane{display:grid;grid-template-columns:minmax(7rem,14rem) minmax(0,1fr);gap:0 .8rem;border-top:1px solid var(--line);padding:.35rem 0;align-items:start}
.lane h2{font-size:.9rem;margin:0;overflow-wrap:anywhere}
svg{display:block;max-width:100%}
.lane svg,.scale svg{width:100%;overflow:visible}
.grid{stroke:var(--line)}.scale{display:grid;grid-template-columns:minmax(7rem,14rem) minmax(0,1fr);gap:0 .8rem;color:var(--soft);font-size:.8rem}
.scale ol{display:flex;justify-content:space-between;list-style:none;margin:0;padding:0}
.hold{fill:var(--bar)}.hold.lease{fill:var(--bar2)}.hold.ghost{fill:none;stroke:var(--ghost);stroke-dasharray:4 3}.break{fill:var(--bad)}
.legend{display:flex;flex-wrap:wrap;gap:.2rem 1.4rem;list-style:none;padding:0;margin:0 0 1rem;color:var(--soft);font-size:.875rem}
.legend svg{display:inline-block;width:1.6rem;height:.7rem;margin-right:.4rem}
.graph{overflow-x:auto;margin:0 0 .4rem;border:1px solid var(--line);border-radius:6px;padding:.5rem}
.graph svg{max-width:none}.graph text{fill:var(--ink);font-size:13px}.graph .node rect{fill:var(--ground);stroke:var(--line)}
.graph a:hover rect,.graph a:focus rect{stroke:var(--accent);stroke-width:2}.graph .edge{fill:none;stroke:var(--ghost);stroke-width:1.5}
.graph .dot{fill:var(--ghost)}.graph .pending .dot,.graph .active .dot,.graph .completed .dot{fill:var(--good)}
.graph .waiting .dot,.graph .claimed .dot{fill:var(--warn)}.graph .claimed .dot{fill:var(--link)}
.graph .blocked .dot,.graph .failed .dot{fill:var(--bad)}.graph tspan{fill:var(--soft)}
.story{list-style:none;margin:0;padding:0 0 0 1rem;border-left:2px solid var(--line)}
.story li{position:relative;padding:.35rem 0 .35rem .4rem;overflow-wrap:anywhere}
.story li::before{content:"";position:absolute;left:-1.37rem;top:.85rem;width:.65rem;height:.65rem;border-radius:50%;background:var(--accent)}
.story time{color:var(--soft);display:block}
.search{display:flex;flex-wrap:wrap;gap:.5rem;align-items:end;margin:0 0 1.3rem}
.search label{display:grid;gap:.2rem;color:var(--soft);font-size:.875rem;flex:1 1 14rem;max-width:40rem}
input[type=search],button{font:inherit;padding:.45rem .7rem;border:1px solid var(--line);border-radius:6px;background:var(--card);color:var(--ink);min-width:0}
.moment button{padding:.1rem .6rem;font-size:.875rem}button:hover{border-color:var(--accent)}
.parts{display:flex;flex-wrap:wrap;gap:.2rem 1rem;margin-top:.8rem;color:var(--soft)}
footer{color:var(--soft);font-size:.8rem;padding-bottom:2rem}kbd{font:inherit;border:1px solid var(--line);border-radius:4px;padding:0 .35em;background:var(--card)}
@media (max-width:40rem){
.pages a{padding:.55rem .4rem .4rem;font-size:.95rem}.moment{margin-left:0;width:100%}.moment form{flex:1}.moment input{flex:1}
.card{padding:.8rem}.scale li:nth-child(even){display:none}.lane,.scale{grid-template-columns:minmax(0,1fr)}
table,tbody,tr,th,td{display:block}thead{display:none}tr{border-top:1px solid var(--line);padding:.5rem 0}
th,td{border:0;padding:.05rem 0}td[data-label]::before{content:attr(data-label) " ";color:var(--soft);font-size:.8rem}}
@media (max-width:26rem){.pages a{padding:.5rem .3rem .4rem;font-size:.86rem}.pages{gap:0}}
@media (min-width:120rem){:root{font-size:18px}.bar,main,footer{max-width:124rem}}
@media (prefers-reduced-motion:no-preference){.attention li,.holder,tr{transition:background .3s}}
@media print{header{position:static}}
`
