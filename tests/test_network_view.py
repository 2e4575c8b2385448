"""The diagram draws any network of the family, and each block is walked to and explained."""

from __future__ import annotations

from dataclasses import replace

import pytest

from explorer.network_words import caption, explanation, heading
from explorer.views.network import NetworkView
from tests.conftest import Stage
from tests.interaction import press
from vae.architecture import architecture
from vae.model import ModelConfig

CONFIGS = (
    ModelConfig(),
    ModelConfig(latent_dim=1, image_shape=(1, 4, 4), channels=(1, 1)),
    ModelConfig(latent_dim=16, image_shape=(3, 32, 32), channels=(32, 256)),
    ModelConfig(latent_dim=64, image_shape=(1, 28, 56)),
)
SIZES = ((300, 200), (604, 400), (1400, 900))


@pytest.fixture
def view(desk, stage: Stage, model) -> NetworkView:
    view = NetworkView(stage.frame, desk.context)
    stage.show(view, 604, 400)
    view.set_model(model)
    stage.root.update()
    return view


def show(view: NetworkView, model, config: ModelConfig, with_encoder: bool) -> None:
    """Another network, of which the view needs no more than its sizes."""
    encoder = model.bundle.encoder if with_encoder else None
    view.set_model(replace(model, bundle=replace(model.bundle, config=config, encoder=encoder)))
    view.update()


def texts(view: NetworkView) -> list[str]:
    diagram = view.diagram
    return [
        diagram.itemcget(item, "text")
        for item in diagram.find_withtag("network")
        if diagram.type(item) == "text"
    ]


@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize("with_encoder", [True, False])
@pytest.mark.parametrize("size", SIZES)
def test_every_network_is_drawn_with_its_shapes_and_parameters(
    view, stage, model, config, with_encoder, size
):
    stage.show(view, *size)
    show(view, model, config, with_encoder)
    network = architecture(config, with_encoder)
    drawn = texts(view)
    for block in network.blocks:
        for line in caption(block):
            assert line in drawn
    assert (heading(network, "encoder") in drawn) == with_encoder
    assert heading(network, "decoder") in drawn
    assert any(f"{network.folded:,}" in text for text in drawn)


@pytest.mark.parametrize("with_encoder", [True, False])
def test_nothing_leaves_the_drawing_and_no_text_covers_another(view, model, with_encoder):
    show(view, model, ModelConfig(), with_encoder)
    diagram = view.diagram
    width, height = diagram.winfo_width(), diagram.winfo_height()
    boxes = []
    for item in diagram.find_withtag("network"):
        left, top, right, bottom = diagram.bbox(item)
        assert -1 <= left < right <= width + 1
        assert -1 <= top < bottom <= height + 1
        if diagram.type(item) == "text":
            boxes.append((left, top, right, bottom))
    for index, a in enumerate(boxes):
        for b in boxes[index + 1 :]:
            across = min(a[2], b[2]) - max(a[0], b[0])
            down = min(a[3], b[3]) - max(a[1], b[1])
            assert across <= 3 or down <= 3  # a label keeps two pixels for itself


def test_a_click_explains_a_block(view, model):
    diagram = view.diagram
    for index, block in enumerate(diagram._network.blocks):
        left, top, right, bottom = diagram.box_of(index)
        diagram.event_generate("<Button-1>", x=(left + right) // 2, y=(top + bottom) // 2)
        view.update()
        assert diagram.chosen == index
        assert view.text.text == explanation(block, diagram._network)


def test_the_pointer_asks_and_the_chosen_block_comes_back(view):
    diagram = view.diagram
    chosen = view.text.text
    left, top, right, bottom = diagram.box_of(1)
    x, y = (left + right) // 2, (top + bottom) // 2
    diagram.event_generate("<Enter>", x=x, y=y)
    diagram.event_generate("<Motion>", x=x, y=y)
    assert "kernels" in view.text.text
    diagram.event_generate("<Leave>")
    assert view.text.text == chosen


def test_the_arrow_keys_reach_every_block(view):
    """Along the drawing, which goes there above and back below."""
    diagram = view.diagram
    names = [block.name for block in diagram._network.blocks]

    def at() -> str:
        return names[diagram.chosen]

    press(diagram, "Home")
    seen = [at()]
    for _ in range(5):
        press(diagram, "Right")
        seen.append(at())
    assert seen == ["image", "conv_1", "conv_2", "mu", "logvar", "z"]
    for expected in ("linear", "deconv_1", "deconv_2", "deconv_2"):
        press(diagram, "Left" if expected != "linear" else "End")
        if expected == "linear":
            press(diagram, "Right")
            press(diagram, "Right")
        assert at() == expected
    press(diagram, "Up")
    assert at() == "image"
    press(diagram, "Down")
    assert at() == "deconv_2"


def test_without_an_encoder_it_is_said(view, model):
    show(view, model, ModelConfig(latent_dim=2), with_encoder=False)
    assert "without an encoder" in view.text.text
    assert view.diagram.shown.name == "z"


def test_a_chosen_block_stays_chosen_with_other_weights(view, model):
    press(view.diagram, "Home")
    press(view.diagram, "Right")
    show(view, model, ModelConfig(latent_dim=3), with_encoder=True)
    assert view.diagram.shown.name == "conv_1"
    show(view, model, ModelConfig(latent_dim=3), with_encoder=False)
    assert view.diagram.shown.name == "z"


@pytest.mark.parametrize("config", CONFIGS)
def test_explanations_tell_the_figures(config):
    network = architecture(config, with_encoder=True)
    for block in network.blocks:
        text = explanation(block, network)
        assert text.endswith(".")
        if block.parameters:
            assert f"{block.weights:,} weights" in text
    linear = next(block for block in network.blocks if block.name == "linear")
    assert "affine" in explanation(linear, network)
