// The canvas of the demo page. Gradio calls this with `element`, `trigger`, `props` and `watch`.
// The marks live here, in pixels of the photo, and go to the server as a whole, so that undo is to send fewer of them.
// The server answers with the trimap, in `props.overlay`, of the first `props.seen` marks.
const find = (selector) => element.querySelector(selector);
const canvas = find("canvas"), context = canvas.getContext("2d");
const HINTS = {
    box: "Drag a box around the whole object.",
    foreground: "Stroke over parts of the object that are missing.",
    background: "Stroke over background that was taken for the object, or within a gap of it.",
    unknown: "Cover hair, fur and all that is half transparent in its full width. The network decides there.",
    eraser: "Takes strokes away.",
};
let photo = null, overlay = null;
let marks = [], undone = [], drawing = null, seen = 0, waiting = false;
let zoom = 1, shift = [0, 0];  // of the view, relative to the whole photo in the middle of the canvas
const pointers = new Map();  // where each finger or the mouse is, in CSS pixels of the canvas

const tool = () => find("input[name=tool]:checked").value;
const colour = (name, opacity) => "rgba(" + (props.colours[name] ?? [128, 128, 128]) + "," + opacity + ")";

function placement() {
    const {width, height} = canvas.getBoundingClientRect();
    const [photoWidth, photoHeight] = props.size;
    const scale = zoom * Math.min(width / photoWidth, height / photoHeight);
    return {scale, left: (width - photoWidth * scale) / 2 + shift[0], top: (height - photoHeight * scale) / 2 + shift[1]};
}

function toPhoto([x, y]) {
    const {scale, left, top} = placement();
    return [(x - left) / scale, (y - top) / scale];
}

// A box that nearly reaches the border of the photo is meant to.
function snapped(point) {
    const near = 8 / placement().scale;
    return point.map((value, axis) => {
        const last = props.size[axis];
        return value < near ? 0 : value > last - near ? last : value;
    });
}

function brushWidth() {  // from 0.3 % to 30 % of the longer side
    return Math.max(...props.size) * 0.003 * 100 ** (find(".size").value / 100);
}

function zoomAt([x, y], factor) {
    const before = toPhoto([x, y]);
    zoom = Math.min(32, Math.max(1, zoom * factor));
    const {scale, left, top} = placement();
    shift = zoom === 1 ? [0, 0] : [shift[0] + x - left - before[0] * scale, shift[1] + y - top - before[1] * scale];
    draw();
}

function trace(mark) {
    context.strokeStyle = colour(mark.tool, 0.7);
    context.lineWidth = mark.width;
    context.lineCap = context.lineJoin = "round";
    const [first, ...rest] = mark.points;
    context.beginPath();
    context.moveTo(...first);
    (rest.length ? rest : [[first[0] + 0.01, first[1]]]).forEach((point) => context.lineTo(...point));
    context.stroke();
}

function frame({points: [[left, top], [right, bottom]]}, scale) {
    context.lineWidth = 2 / scale;
    for (const [style, dash] of [["#000", []], ["#fff", [6 / scale, 6 / scale]]]) {
        context.strokeStyle = style;
        context.setLineDash(dash);
        context.strokeRect(left, top, right - left, bottom - top);
    }
    context.setLineDash([]);
}

function draw() {
    const {width, height} = canvas.getBoundingClientRect();
    canvas.width = Math.round(width * devicePixelRatio);
    canvas.height = Math.round(height * devicePixelRatio);
    context.scale(devicePixelRatio, devicePixelRatio);
    if (!photo) return;
    const {scale, left, top} = placement();
    context.translate(left, top);
    context.scale(scale, scale);
    context.save();
    context.beginPath();
    context.rect(0, 0, ...props.size);
    context.clip();
    context.drawImage(photo, 0, 0, ...props.size);
    context.imageSmoothingEnabled = false;
    if (overlay) context.drawImage(overlay, 0, 0, ...props.size);
    const all = drawing ? [...marks, drawing] : marks;
    all.slice(seen).filter((mark) => mark.tool !== "box").forEach(trace);
    context.restore();
    const box = all.findLast((mark) => mark.tool === "box");
    if (box) frame(box, scale);
    if (pointers.size === 1 && tool() !== "box") {
        const [[x, y]] = [...pointers.values()].map(toPhoto);
        context.beginPath();
        context.arc(x, y, brushWidth() / 2, 0, 2 * Math.PI);
        context.lineWidth = 1.5 / scale;
        context.strokeStyle = colour(tool(), 1);
        context.stroke();
    }
}

function explain() {
    find(".empty").hidden = Boolean(photo);
    find("[data-action=undo]").disabled = !marks.length;
    find("[data-action=redo]").disabled = !undone.length;
    find(".hint").textContent = waiting ? "Finding the outline …" : props.message || HINTS[tool()];
}

function send() {
    waiting = true;
    props.value = {marks};
    trigger("input");
    explain();
    draw();
}

const actions = {
    undo() { if (marks.length) { undone.push(marks.pop()); seen = Math.min(seen, marks.length); send(); } },
    redo() { if (undone.length) { marks.push(undone.pop()); send(); } },
    clear() { marks = []; undone = []; seen = 0; props.value = {marks}; trigger("clear"); explain(); draw(); },
    smaller() { zoomAt([canvas.clientWidth / 2, canvas.clientHeight / 2], 1 / 1.5); },
    larger() { zoomAt([canvas.clientWidth / 2, canvas.clientHeight / 2], 1.5); },
    fit() { zoom = 1; shift = [0, 0]; draw(); },
};
element.addEventListener("click", ({target}) => actions[target.dataset.action]?.());
element.addEventListener("change", () => { props.message = ""; explain(); });
document.addEventListener("keydown", (event) => {
    const action = {z: event.shiftKey ? "redo" : "undo", y: "redo"}[event.key.toLowerCase()];
    if (!action || !(event.ctrlKey || event.metaKey) || event.target.matches("textarea, input:not([type=radio], [type=range])"))
        return;
    event.preventDefault();
    actions[action]();
});

// Without a photo the canvas is a place to drop one, on behalf of the button that uploads it.
const chooser = () => document.querySelector("[data-testid='" + props.chooser + "-upload-button']");
element.addEventListener("dragover", (event) => event.preventDefault());
element.addEventListener("drop", (event) => {
    event.preventDefault();
    if (!event.dataTransfer.files.length) return;
    chooser().files = event.dataTransfer.files;
    chooser().dispatchEvent(new Event("change", {bubbles: true}));
});

const place = ({clientX, clientY}) => {
    const {left, top} = canvas.getBoundingClientRect();
    return [clientX - left, clientY - top];
};
canvas.addEventListener("pointerdown", (event) => {
    if (!photo) return event.button === 0 && chooser().click();
    begin(event, event);
});
// A stroke may begin beside the canvas: the mouse then enters it with its button pressed.
let pressed = null;
document.addEventListener("pointerdown", (event) => {
    pressed = event.button === 0 && !event.target.closest("a, button, input, label, textarea") ? event : null;
});
canvas.addEventListener("pointerenter", (event) => {
    if (photo && pressed && !drawing && event.pointerType === "mouse" && event.buttons === 1) begin(event, pressed);
});
function begin(event, start) {
    canvas.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, place(event));
    const point = toPhoto(place(start)), corner = snapped(point);
    const points = tool() === "box" ? [corner, corner] : [point];
    const started = start.button === 0 && pointers.size === 1;  // a second finger moves the view instead
    drawing = started && {tool: tool(), width: brushWidth(), guides: find(".guides").checked, points};
    draw();
}
canvas.addEventListener("pointermove", (event) => {
    const before = [...pointers.values()];
    if (event.pointerType === "mouse" && !event.buttons) pointers.clear();
    if (event.buttons && !pointers.has(event.pointerId)) return;
    pointers.set(event.pointerId, place(event));
    const now = [...pointers.values()];
    if (drawing) {
        const fresh = (event.getCoalescedEvents?.() ?? []).map(place);
        const points = (fresh.length ? fresh : [place(event)]).map(toPhoto);
        drawing.points = drawing.tool === "box" ? [drawing.points[0], snapped(points.at(-1))] : [...drawing.points, ...points];
    } else if (event.buttons && before.length === now.length) {  // the middle button, or fingers
        const middle = (points) => [0, 1].map((axis) => points.reduce((sum, point) => sum + point[axis], 0) / points.length);
        const [from, to] = [middle(before), middle(now)];
        shift = shift.map((value, axis) => value + to[axis] - from[axis]);
        const spread = (points) => Math.hypot(points[0][0] - points[1][0], points[0][1] - points[1][1]);
        if (now.length === 2) zoomAt(to, spread(now) / spread(before));
    }
    draw();
});
for (const name of ["pointerup", "pointercancel", "pointerleave"]) {
    canvas.addEventListener(name, (event) => {
        if (name === "pointerleave" && drawing) return;
        pointers.delete(event.pointerId);
        const mark = drawing;
        drawing = null;
        const kept = name === "pointerup" && mark && (mark.tool !== "box" || isWide(mark));
        if (kept) {
            marks.push(mark);
            undone = [];
            send();
        }
        draw();
    });
}
function isWide({points: [[left, top], [right, bottom]]}) {
    return Math.min(Math.abs(right - left), Math.abs(bottom - top)) * placement().scale > 4;
}
canvas.addEventListener("wheel", (event) => {
    if (!photo || (zoom === 1 && !event.ctrlKey)) return;
    event.preventDefault();
    if (event.ctrlKey) return zoomAt(place(event), Math.exp(-event.deltaY / 300));
    shift = [shift[0] - event.deltaX, shift[1] - event.deltaY];
    draw();
}, {passive: false});

function load(source, use) {
    const picture = new Image();
    picture.onload = () => { use(picture); explain(); draw(); };
    if (source) picture.src = source;
    else { use(null); explain(); draw(); }
}
watch("photo", () => load(props.photo, (picture) => {
    photo = picture;
    marks = [];
    undone = [];
    seen = 0;
    zoom = 1;
    shift = [0, 0];
    props.value = {marks};
    canvas.style.aspectRatio = props.size.join(" / ");
}));
watch("answer", () => load(props.overlay, (picture) => {
    overlay = picture;
    waiting = props.seen < marks.length;
    canvas.dataset.answer = props.answer;
    seen = Math.min(props.seen, marks.length);
}));
Object.keys(props.colours).forEach((name) => find(".key." + name).style.background = colour(name, 1));
new ResizeObserver(draw).observe(canvas);
explain();
