"""Models in one file, as the original code of Stable Diffusion wrote them: .safetensors, or .ckpt with its yaml beside it.

Such a file holds the networks and nothing else. Their shape comes from the yaml, or is that of Stable Diffusion 1, 2 or XL; the tokenizer from a folder beside the file, or it is CLIP's own, which ships. The hub is never asked.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from core.control.errors import ModelError
from core.diffusion.loading import libraries
from core.diffusion.loading.checkpoint import (
    STABLE_DIFFUSION_1,
    STABLE_DIFFUSION_2,
    STABLE_DIFFUSION_XL,
    Weights,
    ends_of,
    is_named,
    read_config,
    read_weights,
)
from core.diffusion.loading.family import SUPPORTED, Family
from core.diffusion.loading.original_names import (
    CLIP_PREFIX,
    LONE_OPEN_CLIP_PREFIX,
    OPEN_CLIP_PREFIX,
    SD2_TEXT_WIDTH,
    UNET_PREFIX,
    XL_PREFIXES,
    text_width,
    with_usual_names,
)
from core.diffusion.loading.original_text import OriginalText
from core.diffusion.loading.parts import Parts
from core.diffusion.loading.scheduler import load_sampler
from core.diffusion.loading.tokenizer import CLIP_TOKENIZER, check_fit, load_tokenizer

SUFFIXES = (".safetensors", ".ckpt")
FIRST_LAYER = f"{UNET_PREFIX}input_blocks.0.0.weight"
GUIDANCE_LAYER = f"{UNET_PREFIX}time_embed.cond_proj.weight"  # of models that are told the guidance
# Weights without meaning, by which files of SDXL tell what no yaml tells.
V_MARK, ZERO_SNR_MARK = "v_pred", "ztsnr"
V_NAME = "768"  # in the name of a Stable Diffusion 2: the pixels of those that were published with v prediction
EDM_MARKS = (
    "edm_mean",
    "edm_vpred.sigma_max",
)  # models in the way of Karras et al. 2022, with latents of their own scale
USUAL_SIDE, V_SIDE = (
    64,
    96,
)  # of the latents that Stable Diffusion 2 with v prediction was trained with; its yaml says 64 as all others do
XL_BETAS = (0.00085, 0.012)  # its yaml does not say them
TURBO_SIDE = 64  # of the latents that SDXL Turbo was trained with; its file is like that of SDXL


def is_single_file(source: str) -> bool:
    """Whether a source names one file and not a folder or hub id, be it there or not."""
    path = Path(source).expanduser()
    return any(each.suffix.lower() in SUFFIXES for each in ends_of(path)) and not path.is_dir()


class SingleFile:
    """A checkpoint with its original config, read and checked.

    Args:
        path: .safetensors or .ckpt.
        config: its yaml; without one the yaml of the same name beside the file, or else the published shape of its family.

    Attributes:
        note: what had to be assumed, since neither a yaml nor the weights say it; empty if nothing.

    Raises:
        ModelError: not there, damaged, not safe to open, or of another family.
    """

    def __init__(self, path: Path, config: Path | None = None) -> None:
        self.path = path
        self._weights = with_usual_names(read_weights(path))
        self._check_kind()
        is_xl = any(key.startswith(XL_PREFIXES[1]) for key in self._weights)
        is_sd2 = text_width(self._weights) == SD2_TEXT_WIDTH
        default = STABLE_DIFFUSION_XL if is_xl else STABLE_DIFFUSION_2 if is_sd2 else STABLE_DIFFUSION_1
        self._config = read_config(path, config, default)
        self._is_assumed = is_sd2 and self._config is default
        self._check_config("network_config" if is_xl else "unet_config")
        self.family = self._find_family(is_xl=is_xl)
        self._texts = self._find_texts()

    def load_parts(self, sampler: str) -> Parts:
        """All that a model is made of."""
        networks = dict(zip(self.family.networks, self.load_networks(), strict=True))
        chosen, sampler_note = load_sampler(self.scheduler_config, sampler)
        note = "; ".join(each for each in (self.note, sampler_note) if each)
        small = self._make_small_scheduler() if self.family is Family.UPSCALER else None
        is_xl = self.family is Family.XL
        return Parts(self.family, self.path, networks, self.load_tokenizers(), chosen, note, small, is_xl)

    def load_networks(self) -> tuple[Any, ...]:
        """UNet, VAE and text encoders, with all of their weights."""
        try:
            texts = [self._filled(*text.make(self._weights), "text encoder") for text in self._texts]
            return self._load_unet(), self._load_vae(), *texts
        except (KeyError, TypeError, ValueError, AttributeError, RuntimeError, AssertionError) as error:
            # a yaml that lacks a key, or shapes that differ: each part of diffusers and torch says it in its own way
            reason = f"{error} is missing" if isinstance(error, KeyError) else libraries.in_a_line(error)
            raise ModelError(f"{self.path} does not fit its config: {reason}") from error

    def load_tokenizers(self) -> list[Any]:
        """One for each text encoder: of the folder "tokenizer" beside the file, or else CLIP's own, which ships."""
        folders = [path.with_name("tokenizer") for path in ends_of(self.path)]
        folder = next((each for each in folders if each.is_dir()), CLIP_TOKENIZER)
        return [self._load_tokenizer(folder, text) for text in self._texts]

    @property
    def note(self) -> str:
        if not self._is_assumed or V_MARK in self._weights:
            return ""
        file, yaml = self.path.name, self.path.with_suffix(".yaml").name
        if self._is_v:
            return f"{file} has no yaml: it is taken for Stable Diffusion 2 with v prediction, since its name says {V_NAME}"
        return (
            f"{file} has no yaml: it is taken for Stable Diffusion 2 with epsilon prediction; if it paints nothing but "
            f"noise, it was trained with v prediction: put {yaml} beside it, or {V_NAME} into its name"
        )

    @property
    def scheduler_config(self) -> dict[str, Any]:
        """That of a diffusers folder made from this file."""
        start, end = (
            self._params.get(key, beta) for key, beta in zip(("linear_start", "linear_end"), XL_BETAS, strict=True)
        )
        return {
            "_class_name": self._scheduler_name,
            "beta_start": start,
            "beta_end": end,
            "beta_schedule": "scaled_linear",
            "num_train_timesteps": self._params.get("timesteps", 1000),
            "prediction_type": "v_prediction" if self._is_v else "epsilon",
            "timestep_spacing": "trailing" if self._is_turbo or self._is_zero_snr else "leading",
            "rescale_betas_zero_snr": self._is_zero_snr,
            "set_alpha_to_one": False,
            "steps_offset": 1,
            "clip_sample": False,
        }

    @property
    def _scheduler_name(self) -> str:
        if GUIDANCE_LAYER in self._weights:
            return "LCMScheduler"
        if self._is_turbo:
            return "EulerAncestralDiscreteScheduler"
        return "EulerDiscreteScheduler" if self.family is Family.XL else "DDIMScheduler"

    @property
    def _is_v(self) -> bool:
        is_named_so = self._is_assumed and is_named(self.path, V_NAME)
        return self._params.get("parameterization") == "v" or V_MARK in self._weights or is_named_so

    @property
    def _is_zero_snr(self) -> bool:
        """Trained up to pure noise."""
        return ZERO_SNR_MARK in self._weights

    @property
    def _is_turbo(self) -> bool:
        """Nothing in the file itself tells it."""
        return is_named(self.path, "turbo")

    @property
    def _params(self) -> Mapping[str, Any]:
        params: Mapping[str, Any] = self._config["model"]["params"]
        return params

    def _check_kind(self) -> None:
        """Refuse what is like a family, and would paint wrongly or be told with the wrong reason."""
        edm = [mark for mark in EDM_MARKS if mark in self._weights]
        is_refiner = any(key.startswith(LONE_OPEN_CLIP_PREFIX) for key in self._weights)
        kind = f"is an EDM model ({edm[0]})" if edm else "is the refiner of Stable Diffusion XL" if is_refiner else ""
        if kind:
            raise ModelError(f"{self.path} {kind}, which is not supported; supported: {SUPPORTED}")

    def _check_config(self, unet_key: str) -> None:
        params = self._config["model"].get("params", {})
        others = () if unet_key == "network_config" else ("linear_start", "linear_end", "cond_stage_config")
        needed = (*others, unet_key, "first_stage_config")
        missing = [key for key in needed if key not in params]
        if missing:
            raise ModelError(
                f"the config of {self.path} lacks model.params.{missing[0]}: not of a model that is supported"
            )
        self._check_widths(params[unet_key].get("params", {}))

    def _check_widths(self, unet: Mapping[str, Any]) -> None:
        """These two tell one family from another; diffusers would name any weight, and then no one knows why."""
        first = self._weights.get(FIRST_LAYER)
        widths = (
            ("unet", "channels wide", None if first is None else len(first), unet.get("model_channels")),
            ("text", "wide", text_width(self._weights), unet.get("context_dim")),
        )
        for part, unit, found, expected in widths:
            if found is not None and isinstance(expected, int) and found != expected:
                raise ModelError(
                    f"{self.path} does not fit its config: its {part} is {found} {unit} and not {expected}; "
                    f"its own yaml is needed, as {self.path.with_suffix('.yaml').name} beside it"
                )
        if "num_classes" not in unet and any(key.startswith(f"{UNET_PREFIX}label_emb.") for key in self._weights):
            raise ModelError(
                f"{self.path} does not fit its config: its unet is told something besides the text (label_emb), as unCLIP "
                f"models and upscalers are; supported: {SUPPORTED}"
            )

    def _find_family(self, *, is_xl: bool) -> Family:
        if is_xl:
            return Family.XL
        return Family.UPSCALER if "low_scale_config" in self._params else Family.STABLE_DIFFUSION

    def _find_texts(self) -> list[OriginalText]:
        if self.family is Family.XL:
            clip, open_clip = XL_PREFIXES
            return [
                OriginalText(clip, is_open_clip=False),
                OriginalText(open_clip, is_open_clip=True, has_projection=True),
            ]
        if any(key.startswith(OPEN_CLIP_PREFIX) for key in self._weights):
            used = self._params["cond_stage_config"].get("params", {}).get("layer", "last")
            return [OriginalText(OPEN_CLIP_PREFIX, is_open_clip=True, used=used)]
        if any(key.startswith(CLIP_PREFIX) for key in self._weights):
            return [OriginalText(CLIP_PREFIX, is_open_clip=False)]
        raise ModelError(f"{self.path} has no text encoder of a model that is supported: {SUPPORTED}")

    def _load_tokenizer(self, folder: Path, text: OriginalText) -> Any:
        tokenizer, word_count = load_tokenizer(folder), text.word_count(self._weights)
        if folder == CLIP_TOKENIZER and word_count != len(tokenizer):
            raise ModelError(
                f"{self.path}: its text encoder knows {word_count} words, which are not the {len(tokenizer)} of CLIP: "
                "put the folder 'tokenizer' of this model beside it"
            )
        # it may be that of another model: the words are the same, but not how a text is filled up, and to what length
        tokenizer.pad_token = text.filler or tokenizer.eos_token
        tokenizer.model_max_length = text.token_count(self._weights)
        check_fit(folder, tokenizer, word_count, tokenizer.model_max_length)
        return tokenizer

    def _make_small_scheduler(self) -> Any:
        """What puts noise on the small pictures of an upscaler."""
        noise = self._params["low_scale_config"].get("params", {}).get("noise_schedule_config", {})
        return libraries.diffusers().DDPMScheduler(
            beta_start=noise.get("linear_start", 0.0001),
            beta_end=noise.get("linear_end", 0.02),
            beta_schedule="scaled_linear",
        )

    def _load_unet(self) -> Any:
        utils = _utils()
        config = utils.create_unet_diffusers_config_from_ldm(self._config, self._weights)
        config["sample_size"] = self._params.get("image_size", config["sample_size"])
        if self._is_v and self.family is Family.STABLE_DIFFUSION and config["sample_size"] == USUAL_SIDE:
            config["sample_size"] = V_SIDE
        if self._is_turbo and self.family is Family.XL:
            config["sample_size"] = min(config["sample_size"], TURBO_SIDE)
        config["in_channels"] = self._weights[FIRST_LAYER].shape[
            1
        ]  # a model for inpainting has often the yaml of its base
        guidance = self._weights.get(GUIDANCE_LAYER)
        config["time_cond_proj_dim"] = None if guidance is None else guidance.shape[1]
        converted = utils.convert_ldm_unet_checkpoint(self._weights, config)
        if guidance is not None:
            converted["time_embedding.cond_proj.weight"] = guidance
        with torch.device("meta"):  # random weights for nothing would take half of the time
            network = libraries.diffusers().UNet2DConditionModel.from_config(config)
        return self._filled(network, converted, "unet")

    def _load_vae(self) -> Any:
        utils = _utils()
        config = utils.create_vae_diffusers_config_from_ldm(self._config, self._weights)
        converted = utils.convert_ldm_vae_checkpoint(self._weights, config)
        with torch.device("meta"):
            network = libraries.diffusers().AutoencoderKL.from_config(config)
        return self._filled(network, converted, "vae")

    def _filled(self, network: Any, converted: Weights, part: str) -> Any:
        missing = network.load_state_dict(converted, strict=False, assign=True).missing_keys
        if missing:  # it would paint with random numbers in their place
            raise ModelError(f"{self.path} lacks weights of its {part}: {', '.join(sorted(missing)[:3])} ...")
        return network.eval().requires_grad_(False)


def _utils() -> Any:
    libraries.diffusers()
    return importlib.import_module("diffusers.loaders.single_file_utils")
