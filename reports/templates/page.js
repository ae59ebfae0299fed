"use strict";
// Lists, filters and opens the findings that the page carries. Values become text nodes only, never markup.
(() => {
  const PER_PAGE = 100;
  // Places of the values of one finding, as finding_data.py packs them.
  const ID = 0, CHECK = 1, SEVERITY = 2, DIRECTION = 3, CERTAINTY = 4, VERDICT = 5, POLICY = 6, PAYER = 7, MEMBER = 8,
    NPI = 9, DATE = 10, SESSION = 11, EXPOSURE = 12, CEILING = 13, MESSAGE = 14, ACTION = 15, EVIDENCE = 16,
    FIRST_SEEN = 17, STATE = 18, LINES = 19, LINE_COUNT = 20, REVIEW = 21, DECISION = 22;
  const MEMBER_CELL = 12;  // of the cells of a claim line
  const DASH = "\u2013";
  const one = (id) => document.getElementById(id);
  const dollars = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD" });
  const count = new Intl.NumberFormat("en-US");
  const asMoney = (cents) => (cents === null ? DASH : dollars.format(cents / 100));
  const asLabel = (name) => { const words = name.replaceAll("_", " "); return words.charAt(0).toUpperCase() + words.slice(1); };

  function make(tag, attributes, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (name === "onclick") element.addEventListener("click", value);
      else if (value !== null && value !== false) element.setAttribute(name, value === true ? "" : value);
    }
    element.append(...children.filter((child) => child !== null && child !== undefined));
    return element;
  }

  function asRows(columns) {
    return columns.length ? columns[0].map((_, place) => columns.map((column) => column[place])) : [];
  }

  async function unpack() {
    const packed = atob(one("finding-data").textContent);
    const bytes = Uint8Array.from(packed, (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    const data = JSON.parse(await new Response(stream).text());
    const ids = atob(one("finding-ids").textContent);
    if (ids) {
      data.findings[ID] = data.findings[ID].map((_, place) => Array.from(ids.slice(16 * place, 16 * place + 16),
        (letter) => letter.charCodeAt(0).toString(16).padStart(2, "0")).join(""));
    }
    data.findings = asRows(data.findings);
    data.lines = asRows(data.lines);
    let place = 0;  // told by steps
    for (const finding of data.findings) for (let at = 0; at < finding[LINES].length; at += 2) finding[LINES][at] = place += finding[LINES][at];
    return data;
  }

  function list(data) {
    const words = data.words, filters = one("filters"), ranks = Object.keys(words.severity);
    const state = { page: 0, sort: null, isUp: true, shown: data.findings };
    const open = new Set();
    const title = (finding) => data.checks[finding[CHECK]][2];
    const columns = [
      ["Severity", (f) => ranks.indexOf(f[SEVERITY])],
      ["Date", (f) => f[DATE]],
      ["What was found", (f) => title(f)],
      ["Payer", (f) => f[PAYER] || ""],
      ["How sure", (f) => f[CERTAINTY]],
      ["State", (f) => f[STATE]],
      ["Review", (f) => f[REVIEW]],
      ["Exposure", (f) => f[EXPOSURE]],
    ];
    const fields = {
      check: [(f) => data.checks[f[CHECK]][0], (value) => data.checks.find((check) => check[0] === value)[2]],
      severity: [(f) => f[SEVERITY], (value) => words.severity[value] || value],
      direction: [(f) => f[DIRECTION], (value) => words.direction[value] || value],
      certainty: [(f) => f[CERTAINTY], (value) => `${value} ${words.certainty[value] || ""}`],
      verdict: [(f) => f[VERDICT], (value) => words.verdict[value] || value],
      payer: [(f) => f[PAYER] || "", (value) => value || "Not known"],
      provider: [(f) => f[NPI] || "", (value) => value || "Not one"],
      state: [(f) => f[STATE], (value) => words.state[value] || value],
      review: [(f) => f[REVIEW], (value) => words.review[value] || value],
    };

    // What a search looks at; made once for a finding, when it is first looked for.
    const texts = new Map();
    const linesOf = (finding) => finding[LINES].flatMap((place, at, all) => (at % 2 ? [] : [[data.lines[place], all[at + 1]]]));
    function textOf(finding) {
      let text = texts.get(finding);
      if (text === undefined) {
        const claims = linesOf(finding).map(([line]) => `${line[0]} ${line[MEMBER_CELL] || ""}`);
        text = [finding[ID], title(finding), data.checks[finding[CHECK]][1], finding[MESSAGE], finding[MEMBER],
          finding[NPI], finding[PAYER], finding[SESSION], finding[DATE], ...claims].join(" ").toLowerCase();
        texts.set(finding, text);
      }
      return text;
    }

    function fillFilters() {
      for (const [name, [value, label]] of Object.entries(fields)) {
        const totals = new Map();
        for (const finding of data.findings) totals.set(value(finding), (totals.get(value(finding)) || 0) + 1);
        const order = name === "severity" ? (a, b) => ranks.indexOf(a[0]) - ranks.indexOf(b[0])
          : name === "check" || name === "payer" ? (a, b) => label(a[0]).localeCompare(label(b[0]))
          : (a, b) => a[0].localeCompare(b[0]);
        for (const [key, total] of [...totals].sort(order)) {
          filters.elements[name].append(make("option", { value: key === "" ? "(none)" : key }, `${label(key)} (${count.format(total)})`));
        }
      }
    }

    // Not reset(), whose event comes later and would undo what follows here.
    function empty() {
      for (const field of filters.querySelectorAll("select, input")) field.value = "";
    }

    function choose() {
      const wanted = Object.entries(fields)
        .map(([name, [value]]) => [value, filters.elements[name].value])
        .filter(([, value]) => value !== "")
        .map(([value, key]) => [value, key === "(none)" ? "" : key]);
      const parts = filters.elements.text.value.toLowerCase().split(/\s+/).filter(Boolean);
      const from = filters.elements.from.value, to = filters.elements.to.value || "9999", least = 100 * filters.elements.least.value;
      state.shown = data.findings.filter((finding) =>
        wanted.every(([value, key]) => value(finding) === key) && finding[DATE] >= from && finding[DATE] <= to
        && finding[EXPOSURE] >= least && parts.every((part) => textOf(finding).includes(part)));
      if (state.sort !== null) {
        const key = columns[state.sort][1], sign = state.isUp ? 1 : -1;
        state.shown.sort((a, b) => { const x = key(a), y = key(b); return x < y ? -sign : x > y ? sign : 0; });
      }
      state.page = 0;
      draw();
    }

    // The address tells the filters, the order and the page, so that a view can be sent to somebody who has the file.
    function remember() {
      const told = new URLSearchParams();
      for (const field of filters.querySelectorAll("select, input")) if (field.value) told.set(field.name, field.value);
      if (state.sort !== null) told.set(state.isUp ? "up" : "down", columns[state.sort][0]);
      if (state.page) told.set("page", state.page + 1);
      history.replaceState(null, "", `#list?${told}`);
    }

    function recall(told) {
      empty();
      for (const field of filters.querySelectorAll("select, input")) field.value = told.get(field.name) || "";
      const name = told.get("up") || told.get("down"), place = columns.findIndex((column) => column[0] === name);
      state.sort = place < 0 ? null : place;
      state.isUp = told.has("up");
      choose();
      const page = Number(told.get("page")) - 1;
      if (page > 0 && page * PER_PAGE < state.shown.length) { state.page = Math.floor(page); draw(); }
      one("findings").scrollIntoView();
    }

    function sortBy(place) {
      state.isUp = state.sort === place ? !state.isUp : columns[place][0] !== "Exposure" && columns[place][0] !== "Date";
      state.sort = place;
      choose();
      remember();
      one("finding-list").querySelectorAll("thead button")[place].focus();
    }

    function draw() {
      const pages = Math.max(1, Math.ceil(state.shown.length / PER_PAGE));
      const first = state.page * PER_PAGE, rows = state.shown.slice(first, first + PER_PAGE);
      const head = make("tr", { role: "row" }, ...columns.map(([name], place) =>
        make("th", { scope: "col", role: "columnheader", class: name === "Exposure" ? "n" : null,
          "aria-sort": state.sort === place ? (state.isUp ? "ascending" : "descending") : "none" },
        make("button", { type: "button", onclick: () => sortBy(place) }, name))));
      const body = make("tbody", { role: "rowgroup" });
      for (const finding of rows) body.append(...rowsOf(finding));
      const table = make("table", { class: "listing", role: "table", "aria-labelledby": "findings-title" },
        make("thead", { role: "rowgroup" }, head), body);
      one("finding-list").replaceChildren(rows.length ? table : make("p", { class: "empty" }, "No finding matches these filters."));
      const range = rows.length ? `${count.format(first + 1)} to ${count.format(first + rows.length)} of ` : "";
      const all = state.shown.length === data.findings.length ? "" : ` (${count.format(data.findings.length)} in all)`;
      one("shown").textContent = `${range}${count.format(state.shown.length)} findings shown${all}`;
      one("pager").hidden = pages === 1;
      one("page-number").textContent = `Page ${state.page + 1} of ${pages}`;
      one("before").disabled = state.page === 0;
      one("after").disabled = state.page === pages - 1;
    }

    function turn(pages) {
      state.page += pages;
      draw();
      remember();
      one("findings").scrollIntoView();
    }

    function rowsOf(finding) {
      const drill = make("tr", { class: "drill", role: "row", id: `open-${finding[ID]}`, hidden: !open.has(finding[ID]) },
        make("td", { colspan: columns.length, role: "cell" }));
      const opener = make("button", { type: "button", class: "opener", "aria-expanded": String(open.has(finding[ID])),
        "aria-controls": `open-${finding[ID]}`, onclick: () => toggle() }, finding[MESSAGE]);
      function fill() { if (!drill.firstChild.firstChild) drill.firstChild.append(drillDown(finding)); }
      function toggle() {
        const isOpen = opener.getAttribute("aria-expanded") !== "true";
        opener.setAttribute("aria-expanded", String(isOpen));
        if (isOpen) { open.add(finding[ID]); fill(); } else open.delete(finding[ID]);
        drill.hidden = !isOpen;
      }
      if (open.has(finding[ID])) fill();
      const check = data.checks[finding[CHECK]];
      const cell = (kind, ...children) => make("td", { role: "cell", class: kind }, ...children);
      const row = make("tr", { role: "row", id: `finding-${finding[ID]}` },
        cell("", make("span", { class: `severity ${finding[SEVERITY]}` }, words.severity[finding[SEVERITY]] || finding[SEVERITY])),
        cell("date", finding[DATE]),
        cell("what", opener, make("span", { class: "why" }, `${check[2]} `, make("span", { class: "rule" }, check[1]))),
        cell("later", finding[PAYER] || DASH),
        cell("later", `${finding[CERTAINTY]} ${words.certainty[finding[CERTAINTY]] || ""}`),
        cell("later", make("span", { class: `state ${finding[STATE]}` }, words.state[finding[STATE]] || finding[STATE])),
        cell("later", words.review[finding[REVIEW]] || finding[REVIEW]),
        cell("n amount", asMoney(finding[EXPOSURE]), finding[DIRECTION] === "overpayment" ? null
          : make("span", { class: "under" }, finding[DIRECTION])));
      return [row, drill];
    }

    function fact(name, value) {
      return value === null || value === "" ? null : make("div", {}, make("dt", {}, name), make("dd", {}, value));
    }

    function evidenceText(value) {
      if (value === null) return DASH;
      if (typeof value === "boolean") return value ? "yes" : "no";
      if (Array.isArray(value) && value.every((item) => typeof item !== "object")) return value.join(", ");
      return typeof value === "object" ? JSON.stringify(value) : String(value);
    }

    function drillDown(finding) {
      const check = data.checks[finding[CHECK]], policy = data.policies[finding[POLICY]];
      const evidence = finding[EVIDENCE] !== null && typeof finding[EVIDENCE] === "object" && !Array.isArray(finding[EVIDENCE])
        ? finding[EVIDENCE] : { evidence: finding[EVIDENCE] };
      const certainty = `${finding[CERTAINTY]}, ${(words.certainty[finding[CERTAINTY]] || "").toLowerCase()}. `;
      const sheet = make("div", { class: "sheet body" },
        make("p", { class: "lead" }, finding[MESSAGE]),
        make("div", { class: "pairs" },
          make("div", {}, make("h4", {}, "Why this matters"), make("p", {}, check[3] || check[2])),
          make("div", {}, make("h4", {}, "Recommended action"), make("p", {}, finding[ACTION])),
          make("div", {}, make("h4", {}, "How sure"), make("p", {}, certainty, words.certaintySentence[finding[CERTAINTY]] || "")),
          make("div", {}, make("h4", {}, "Policy"), make("p", {}, words.verdictSentence[finding[VERDICT]] || finding[VERDICT]),
            policy ? make("p", {}, `${policy[0]} (row ${finding[POLICY]}). Source: ${policy[1]}.`) : null)),
        finding[DECISION].length ? make("h4", {}, "Review") : null,
        finding[DECISION].length ? make("dl", { class: "facts" }, ...finding[DECISION].map(([name, value]) => fact(name, value))) : null,
        make("h4", {}, "Evidence"),
        make("dl", { class: "facts" },
          fact("Direction", words.direction[finding[DIRECTION]] || finding[DIRECTION]),
          fact("Exposure", asMoney(finding[EXPOSURE]) + (finding[CEILING] > finding[EXPOSURE] ? `, at most ${asMoney(finding[CEILING])}` : "")),
          fact("Member", finding[MEMBER]), fact("Rendering NPI", finding[NPI]),
          fact("Session", finding[SESSION]),
          ...Object.entries(evidence).map(([name, value]) => fact(asLabel(name), evidenceText(value)))),
        lineTable(finding),
        make("p", { class: "why" }, `Finding ${finding[ID]}, first seen in run ${finding[FIRST_SEEN]}. `,
          make("a", { href: `#finding-${finding[ID]}` }, "Link to this finding")));
      return sheet;
    }

    // The cells of a claim line that the finding is about have a sign and words of their own, not only a colour.
    function lineTable(finding) {
      if (!finding[LINES].length) return make("p", {}, "No claim line stands behind this finding.");
      const lines = linesOf(finding);
      const more = finding[LINE_COUNT] > lines.length
        ? `, ${lines.length} of ${count.format(finding[LINE_COUNT])}; the workbook has them all` : "";
      const marks = data.checks[finding[CHECK]][4], isAnyAtRisk = lines.some((line) => line[1]);
      const names = marks.map((place) => data.columns[place][0].toLowerCase()).join(", ");
      const rows = lines.map(([line, cents]) => {
        const isMarked = cents > 0 || !isAnyAtRisk, isHeld = line[1] !== null, texts = [...line, asMoney(cents)];
        const cells = data.columns.map(([, kind], at) => {
          const isMark = isMarked && marks.includes(at);
          const held = isMark ? [make("mark", {}, make("span", { class: "unseen" }, "what it is about: "), texts[at] || "nothing")] : [texts[at]];
          return at === 0 ? make("th", { scope: "row" }, make("code", {}, ...held)) : make("td", { class: kind || null }, ...held);
        });
        if (isHeld) return make("tr", {}, ...cells);
        return make("tr", {}, make("th", { scope: "row" }, make("code", {}, texts[0])),
          make("td", { colspan: data.columns.length - 2 }, "The line is no longer held."), make("td", { class: "n" }, asMoney(cents)));
      });
      return make("div", {}, names ? make("p", { class: "why" }, make("mark", {}, names), " is what the finding is about") : null,
        make("div", { class: "scroll", role: "region", tabindex: "0", "aria-label": "Claim lines of the finding" },
          make("table", {}, make("caption", {}, `Claim lines${more}`),
            make("thead", {}, make("tr", {}, ...data.columns.map(([name, kind]) => make("th", { scope: "col", class: kind || null }, name)))),
            make("tbody", {}, ...rows))),
        make("details", { class: "sql" }, make("summary", {}, "The same lines, in SQL"),
          make("p", {}, `Ask the snapshot of the run, which is read-only: claims-audit keeps it in snapshots/. The check\u2019s own question is under `,
            make("a", { href: `#check-${data.checks[finding[CHECK]][0]}` }, data.checks[finding[CHECK]][2]), "."),
          make("pre", { tabindex: "0" }, make("code", {}, data.sql.replace("{finding_id}", finding[ID])))));
    }

    function follow() {
      if (location.hash.startsWith("#list?")) return recall(new URLSearchParams(location.hash.slice("#list?".length)));
      const target = decodeURIComponent(location.hash.slice(1));
      const check = target.startsWith("check-") ? one(target) : null;
      if (check) check.open = true;
      if (!target.startsWith("finding-")) return;
      const identity = target.slice("finding-".length);
      if (!state.shown.some((finding) => finding[ID] === identity)) { empty(); choose(); }
      const place = state.shown.findIndex((finding) => finding[ID] === identity);
      if (place < 0) return;
      open.add(identity);
      state.page = Math.floor(place / PER_PAGE);
      draw();
      one(target).scrollIntoView();
    }

    document.addEventListener("click", (event) => {
      const link = event.target.closest("a[data-filter]");
      if (!link) return;
      event.preventDefault();
      empty();
      filters.elements[link.dataset.filter].value = link.dataset.value;
      choose();
      remember();
      one("findings").scrollIntoView();
      one("shown").focus();
    });
    filters.addEventListener("input", () => { choose(); remember(); });
    filters.addEventListener("submit", (event) => event.preventDefault());
    // The fields are empty only after the event.
    filters.addEventListener("reset", () => setTimeout(() => { choose(); remember(); }));
    one("before").addEventListener("click", () => turn(-1));
    one("after").addEventListener("click", () => turn(1));
    window.addEventListener("hashchange", follow);
    // On paper everything that can be opened is open, the findings of the page shown included.
    window.addEventListener("beforeprint", () => document.querySelectorAll("main details:not(.sql)").forEach((part) => { part.open = true; }));

    fillFilters();
    filters.hidden = false;
    one("plain-findings").remove();
    draw();
    follow();
  }

  if (!one("filters")) return;
  // Where the browser cannot unpack the list, the plain one stays.
  unpack().then(list).catch(() => { one("shown").textContent = "This browser cannot open the full list; the most pressing findings follow."; });
})();
