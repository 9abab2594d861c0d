"""What this machine computes with: card or processor, number format, memory."""

import psutil
import torch

GIB = 1 << 30


def device() -> torch.device:
    """The first CUDA card, else the processor."""
    return torch.device("cuda", 0) if torch.cuda.is_available() else torch.device("cpu")


def computes_bf16(where: torch.device) -> bool:
    """Whether bf16 is computed faster than fp32 there: a card that has it, or a processor with AMX or AVX-512 BF16.

    Other processors convert back and forth and are slower in bf16. Measured with AMX: 2 to 10 times the rate of fp32.
    """
    if where.type == "cuda":
        return torch.cuda.get_device_capability(where)[0] >= 8
    found = torch.cpu.get_capabilities()
    return bool(found.get("amx_bf16") or found.get("avx512_bf16"))


def free_bytes(where: torch.device) -> int:
    """Memory that a run may still take there, in bytes."""
    if where.type == "cuda":
        return int(torch.cuda.mem_get_info(where)[0])
    return int(psutil.virtual_memory().available)


def used_gib(where: torch.device) -> float:
    """Memory that this process takes: the peak on a card, what is resident on a processor."""
    if where.type == "cuda":
        return torch.cuda.max_memory_allocated(where) / GIB
    return psutil.Process().memory_info().rss / GIB


def memory_metric(where: torch.device) -> str:
    """Name of the metric that `used_gib` is."""
    return "gpu_memory_gib" if where.type == "cuda" else "memory_gib"


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error means that card or processor ran out of memory."""
    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    return isinstance(error, RuntimeError) and "not enough memory" in str(error)
