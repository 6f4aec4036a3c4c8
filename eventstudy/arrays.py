"""Array aliases by dimension: the shape vocabulary of the numerical functions.

T sessions, H event-window sessions, B bootstrap replications, N series, K parameters.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Float1D: TypeAlias = NDArray[np.float64]
Float2D: TypeAlias = NDArray[np.float64]
Float3D: TypeAlias = NDArray[np.float64]
FloatND: TypeAlias = NDArray[np.float64]
Bool1D: TypeAlias = NDArray[np.bool_]
Bool2D: TypeAlias = NDArray[np.bool_]
Int1D: TypeAlias = NDArray[np.int64]
Int2D: TypeAlias = NDArray[np.int64]
