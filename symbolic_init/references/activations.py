"""The literature of activations and of formulas."""

from collections.abc import Mapping
from types import MappingProxyType

from symbolic_init.references.reference import Reference

__all__ = ["ACTIVATIONS"]

ACTIVATIONS: Mapping[str, Reference] = MappingProxyType(
    {
        "nair2010": Reference(
            "V. Nair, G. E. Hinton",
            "Rectified linear units improve restricted Boltzmann machines",
            2010,
            "ICML",
        ),
        "maas2013": Reference(
            "A. L. Maas, A. Y. Hannun, A. Y. Ng",
            "Rectifier nonlinearities improve neural network acoustic models",
            2013,
            "ICML Workshop on Deep Learning for Audio, Speech and Language Processing",
        ),
        "krizhevsky2010": Reference(
            "A. Krizhevsky",
            "Convolutional deep belief networks on CIFAR-10",
            2010,
            "manuscript, University of Toronto",
        ),
        "liew2016": Reference(
            "S. S. Liew, M. Khalil-Hani, R. Bakhteri",
            "Bounded activation functions for enhanced training stability of deep neural networks",
            2016,
            "Neurocomputing 216",
        ),
        "so2021": Reference(
            "D. R. So, W. Mańke, H. Liu, Z. Dai, N. Shazeer, Q. V. Le",
            "Primer: searching for efficient transformers for language modeling",
            2021,
            "NeurIPS 34, arXiv:2109.08668",
        ),
        "yu2024": Reference(
            "W. Yu, C. Si, P. Zhou, M. Luo, Y. Zhou, J. Feng, S. Yan, X. Wang",
            "MetaFormer baselines for vision",
            2024,
            "IEEE TPAMI 46, arXiv:2210.13452",
        ),
        "konda2015": Reference(
            "K. Konda, R. Memisevic, D. Krueger",
            "Zero-bias autoencoders and the benefits of co-adapting features",
            2015,
            "ICLR, arXiv:1402.3337",
        ),
        "clevert2016": Reference(
            "D.-A. Clevert, T. Unterthiner, S. Hochreiter",
            "Fast and accurate deep network learning by exponential linear units (ELUs)",
            2016,
            "ICLR, arXiv:1511.07289",
        ),
        "shamir2020": Reference(
            "G. I. Shamir, D. Lin, L. Coviello",
            "Smooth activations and reproducibility in deep networks",
            2020,
            "arXiv:2010.09931",
        ),
        "blondel2020": Reference(
            "M. Blondel, A. F. T. Martins, V. Niculae",
            "Learning with Fenchel-Young losses",
            2020,
            "JMLR 21, arXiv:1901.02324",
        ),
        "howard2019": Reference(
            "A. Howard et al.", "Searching for MobileNetV3", 2019, "ICCV, arXiv:1905.02244"
        ),
        "donoho1994": Reference(
            "D. L. Donoho, I. M. Johnstone",
            "Ideal spatial adaptation by wavelet shrinkage",
            1994,
            "Biometrika 81",
        ),
        "noel2021": Reference(
            "M. M. Noel, S. Bharadwaj, V. Muthiah-Nakarajan, P. Dutta, G. B. Amali",
            "Biologically inspired oscillating activation functions can bridge the performance gap "
            "between biological and artificial neurons",
            2021,
            "arXiv:2111.04020",
        ),
        "noel2024": Reference(
            "M. M. Noel, Y. Oswal",
            "A significantly better class of activation functions than ReLU like activation functions",
            2024,
            "arXiv:2405.04459",
        ),
        "noel2021gcu": Reference(
            "M. M. Noel, L. Arunkumar, A. Trivedi, P. Dutta", "Growing cosine unit", 2021, "arXiv:2108.12943"
        ),
        "lecun1998": Reference(
            "Y. LeCun, L. Bottou, G. B. Orr, K.-R. Müller",
            "Efficient BackProp",
            1998,
            "Neural Networks: Tricks of the Trade, Springer",
        ),
        "xu2016": Reference(
            "B. Xu, R. Huang, M. Li", "Revise saturated activation functions", 2016, "arXiv:1602.05980"
        ),
        "collobert2004": Reference(
            "R. Collobert", "Large scale machine learning", 2004, "thesis, Université Paris VI"
        ),
        "courbariaux2015": Reference(
            "M. Courbariaux, Y. Bengio, J.-P. David",
            "BinaryConnect: training deep neural networks with binary weights during propagations",
            2015,
            "NeurIPS 28, arXiv:1511.00363",
        ),
        "wuraola2018": Reference(
            "A. Wuraola, N. Patel", "SQNL: a new computationally efficient activation function", 2018, "IJCNN"
        ),
        "bergstra2009": Reference(
            "J. Bergstra, G. Desjardins, P. Lamblin, Y. Bengio",
            "Quadratic polynomials learn better image features",
            2009,
            "Technical Report 1337, Université de Montréal",
        ),
        "elliott1993": Reference(
            "D. L. Elliott",
            "A better activation function for artificial neural networks",
            1993,
            "ISR Technical Report 93-8, University of Maryland",
        ),
        "carlile2017": Reference(
            "B. Carlile, G. Delamarter, P. Kinney, A. Marti, B. Whitney",
            "Improving deep learning by inverse square root linear units (ISRLUs)",
            2017,
            "arXiv:1710.09967",
        ),
        "ma2023": Reference(
            "X. Ma et al.", "Mega: moving average equipped gated attention", 2023, "ICLR, arXiv:2209.10655"
        ),
        "hafner2025": Reference(
            "D. Hafner, J. Pasukonis, J. Ba, T. Lillicrap",
            "Mastering diverse control tasks through world models",
            2025,
            "Nature 640, arXiv:2301.04104",
        ),
        "mcculloch1943": Reference(
            "W. S. McCulloch, W. Pitts",
            "A logical calculus of the ideas immanent in nervous activity",
            1943,
            "Bulletin of Mathematical Biophysics 5",
        ),
        "dugas2001": Reference(
            "C. Dugas, Y. Bengio, F. Bélisle, C. Nadeau, R. Garcia",
            "Incorporating second-order functional knowledge for better option pricing",
            2001,
            "NeurIPS 13",
        ),
        "schuett2017": Reference(
            "K. T. Schütt et al.",
            "SchNet: a continuous-filter convolutional neural network",
            2017,
            "NeurIPS 30, arXiv:1706.08566",
        ),
        "barron2021": Reference(
            "J. T. Barron", "Squareplus: a softplus-like algebraic rectifier", 2021, "arXiv:2112.11687"
        ),
        "barron2017": Reference(
            "J. T. Barron", "Continuously differentiable exponential linear units", 2017, "arXiv:1704.07483"
        ),
        "klambauer2017": Reference(
            "G. Klambauer, T. Unterthiner, A. Mayr, S. Hochreiter",
            "Self-normalizing neural networks",
            2017,
            "NeurIPS 30, arXiv:1706.02515",
        ),
        "trottier2017": Reference(
            "L. Trottier, P. Giguère, B. Chaib-draa",
            "Parametric exponential linear unit for deep convolutional neural networks",
            2017,
            "ICMLA, arXiv:1605.09332",
        ),
        "godfrey2015": Reference(
            "L. B. Godfrey, M. S. Gashler",
            "A continuum among logarithmic, linear, and exponential functions",
            2015,
            "KDIR, arXiv:1602.01321",
        ),
        "hendrycks2016": Reference(
            "D. Hendrycks, K. Gimpel", "Gaussian error linear units (GELUs)", 2016, "arXiv:1606.08415"
        ),
        "dauphin2017": Reference(
            "Y. N. Dauphin, A. Fan, M. Auli, D. Grangier",
            "Language modeling with gated convolutional networks",
            2017,
            "ICML, arXiv:1612.08083",
        ),
        "shazeer2020": Reference(
            "N. Shazeer",
            "GLU variants improve transformer",
            2020,
            "arXiv:2002.05202",
        ),
        "elfwing2018": Reference(
            "S. Elfwing, E. Uchibe, K. Doya",
            "Sigmoid-weighted linear units for neural network function approximation",
            2018,
            "Neural Networks 107, arXiv:1702.03118",
        ),
        "ramachandran2017": Reference(
            "P. Ramachandran, B. Zoph, Q. V. Le",
            "Searching for activation functions",
            2017,
            "arXiv:1710.05941",
        ),
        "alcaide2018": Reference(
            "E. Alcaide",
            "E-swish: adjusting activations to different network depths",
            2018,
            "arXiv:1801.07145",
        ),
        "misra2020": Reference(
            "D. Misra",
            "Mish: a self regularized non-monotonic activation function",
            2020,
            "BMVC, arXiv:1908.08681",
        ),
        "liu2021": Reference(
            "X. Liu, X. Di",
            "TanhExp: a smooth activation function with high convergence speed",
            2021,
            "IET Computer Vision 15, arXiv:2003.09855",
        ),
        "nag2023": Reference(
            "S. Nag, M. Bhattacharyya, A. Mukherjee, R. Kundu",
            "Serf: towards better training of deep neural networks",
            2023,
            "WACV, arXiv:2108.09598",
        ),
        "naveen2022": Reference(
            "P. Naveen", "Phish: a novel hyper-optimizable activation function", 2022, "TechRxiv"
        ),
        "zhu2021": Reference(
            "H. Zhu, H. Zeng, J. Liu, X. Zhang",
            "Logish: a new nonlinear nonmonotonic activation function",
            2021,
            "Neurocomputing 458",
        ),
        "wang2022": Reference(
            "X. Wang, H. Ren, A. Wang",
            "Smish: a novel activation function for deep learning methods",
            2022,
            "Electronics 11",
        ),
        "roy2023": Reference(
            "S. K. Roy, S. Manna, S. R. Dubey, B. B. Chaudhuri",
            "LiSHT: non-parametric linearly scaled hyperbolic tangent",
            2023,
            "CVIP, arXiv:1901.05894",
        ),
        "basirat2018": Reference(
            "M. Basirat, P. M. Roth", "The quest for the golden activation function", 2018, "arXiv:1808.00783"
        ),
        "sitzmann2020": Reference(
            "V. Sitzmann, J. Martel, A. Bergman, D. Lindell, G. Wetzstein",
            "Implicit neural representations with periodic activation functions",
            2020,
            "NeurIPS 33, arXiv:2006.09661",
        ),
        "ziyin2020": Reference(
            "L. Ziyin, T. Hartwig, M. Ueda",
            "Neural networks fail to learn periodic functions and how to fix it",
            2020,
            "NeurIPS 33, arXiv:2006.08195",
        ),
        "broomhead1988": Reference(
            "D. S. Broomhead, D. Lowe",
            "Multivariable functional interpolation and adaptive networks",
            1988,
            "Complex Systems 2",
        ),
        "bingham2023": Reference(
            "G. Bingham, R. Miikkulainen",
            "AutoInit: analytic signal-preserving weight initialization for neural networks",
            2023,
            "AAAI 37, arXiv:2109.08958",
        ),
        "cho2009": Reference(
            "Y. Cho, L. K. Saul",
            "Kernel methods for deep learning",
            2009,
            "NIPS 22",
        ),
        "daniely2016": Reference(
            "A. Daniely, R. Frostig, Y. Singer",
            "Toward deeper understanding of neural networks: the power of initialization and a dual view on "
            "expressivity",
            2016,
            "NIPS 29, arXiv:1602.05897",
        ),
        "plackett1954": Reference(
            "R. L. Plackett",
            "A reduction formula for normal multivariate integrals",
            1954,
            "Biometrika 41, 351-360",
        ),
        "sheppard1899": Reference(
            "W. F. Sheppard",
            "On the application of the theory of error to cases of normal distribution "
            "and normal correlation",
            1899,
            "Philosophical Transactions of the Royal Society A 192, 101-167",
        ),
    }
)
"""By key."""
